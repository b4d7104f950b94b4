"""Messages whose form is hard on DKIM, for the tests that send them through a real Postfix."""

import dataclasses

LONG_LINE = b"x" * 996
UTF8 = ("SMTPUTF8", "BODY=8BITMIME")
EIGHT_BIT = ("BODY=8BITMIME",)


@dataclasses.dataclass(frozen=True)
class Letter:
    """One message. `header`: fields beside Date and Message-ID; `options`: of MAIL FROM."""
    name: str
    body: bytes = b"Hello\r\n"
    header: bytes = b""
    author: bytes = b"From: Alice <alice@example.test>\r\n"
    subject: bytes = b"Subject: a letter\r\n"
    options: tuple[str, ...] = ()
    by_bdat: bool = False       # sent in chunks: DATA cannot end within a line
    postfix_edits: bool = False  # Postfix itself sends on something else

    @property
    def mark(self) -> bytes:
        """What finds the message again, whoever passed it on."""
        return f"<{self.name.replace(' ', '.').replace(',', '')}@letters.test>".encode()

    def content(self) -> bytes:
        return (self.author + b"To: bob@example.test\r\n" + self.subject
                + b"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: " + self.mark + b"\r\n"
                + self.header + b"\r\n" + self.body)


def _folded(name: bytes, size: int) -> bytes:
    """A header field of about `size` bytes in lines of 70."""
    line = b"\r\n <" + b"0123456789" * 5 + b"@example.test>"
    return name + b":" + line * (size // len(line)) + b"\r\n"


LARGE = Letter("25 MB", (b"0123456789" * 7 + b"\r\n") * 350_000)

LETTERS = (
    Letter("plain"),
    Letter("no body", b""),
    Letter("empty lines at the end", b"Hello\r\n\r\n\r\n\r\n"),
    Letter("only empty lines", b"\r\n\r\n\r\n"),
    Letter("one empty line", b"\r\n"),
    Letter("empty lines before the text", b"\r\n\r\nHello\r\n"),
    Letter("blanks at line ends", b"a \t \r\n \t\r\n  b  c\t\r\n \r\n"),
    Letter("no line end at the end", b"Hello\r\nworld", by_bdat=True,
           postfix_edits=True),
    Letter("8-bit bytes", b"Gr\xfc\xdfe \xff\xfe \x80 \xa0\r\n", options=EIGHT_BIT),
    Letter("control bytes", b"\x01\x08\x0b\x0c\x1b\x7f\r\n\x0c\r\n"),
    Letter("lines of 998 bytes", b"ab" + LONG_LINE + b"\r\n" + b"cd" + LONG_LINE + b"\r\n"),
    Letter("lines of 5,000 bytes", b"y" * 5000 + b"\r\n" + b"z " * 2500 + b"\r\n"),
    Letter("lines that begin with dots", b".\r\n..\r\n...x\r\n.y\r\n"),
    Letter("lines that look like headers", b"From: eve@example.test\r\nFrom eve\r\n"),
    Letter("folded header fields", subject=b"Subject: one\r\n two\r\n\tthree\r\n \t four\r\n",
           header=b"Reply-To: <a@example.test>,\r\n\t<b@example.test>\r\n"),
    Letter("a value that begins on the next line", subject=b"Subject:\r\n one\r\n",
           header=b"Reply-To:\r\n\t<a@example.test>\r\n"),
    Letter("duplicate header fields",
           header=b"Reply-To: <a@example.test>\r\nReply-To: <b@example.test>\r\n"
                  b"Comments: one\r\nComments: two\r\n"),
    Letter("tabs in header fields", subject=b"Subject:\ta\tletter \t with\t\ttabs\t\r\n",
           header=b"Reply-To: \t <a@example.test>\t\r\n"),
    Letter("no space after the colon", author=b"From:alice@example.test\r\n",
           subject=b"Subject:a letter\r\n", header=b"Reply-To:<a@example.test>\r\n"),
    Letter("two spaces after the colon", author=b"From:  alice@example.test\r\n",
           subject=b"Subject:  a letter  \r\n"),
    Letter("a space before the colon", subject=b"Subject : a letter\r\n",
           header=b"Reply-To\t: <a@example.test>\r\n", postfix_edits=True),
    Letter("empty header values", subject=b"Subject:\r\n", header=b"Reply-To: \r\nCc:\t\r\n"),
    Letter("names in odd case", author=b"FROM: alice@example.test\r\n",
           subject=b"sUBJECT: a letter\r\n", header=b"reply-to: <a@example.test>\r\n"),
    Letter("UTF-8 header fields", "Grüße\r\n".encode(), options=UTF8,
           author="From: Łucja <łucja@example.test>\r\n".encode(),
           subject="Subject: Grüße aus Łódź\r\n".encode()),
    Letter("8-bit header fields", subject=b"Subject: Gr\xfc\xdfe \xa0 \r\n", options=EIGHT_BIT),
    # With milters Postfix cuts a field off after 60,000 bytes, and shows them what is left.
    Letter("a header field of 98 kB", header=_folded(b"References", 98_000), postfix_edits=True),
    Letter("a list's unsubscribe fields",
           header=b"List-Unsubscribe: <https://example.test/u>\r\n"
                  b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"),
)
