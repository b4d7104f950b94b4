"""Messages and parts as bytes, right or wrong as the caller wants: what the tables are written in.
Nothing is checked or repaired on the way."""

import base64
import binascii
import quopri

ENVELOPE = (b"From: Alice <alice@sender.example>\r\nTo: Bob <bob@receiver.example>\r\n"
            b"Subject: The papers\r\nDate: Mon, 02 Mar 2026 10:00:00 +0100\r\n"
            b"Message-ID: <%s@sender.example>\r\n")
TEXT = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nPlease see the papers.\r\n"


class Mail(bytes):
    """A whole message, without the fields of ENVELOPE; everything else is a part."""


def octets(text) -> bytes:
    """Latin-1, so that "\\xff" is one octet; UTF-8 where that is not enough."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def lines(*fields) -> bytes:
    return b"".join(octets(field) + b"\r\n" for field in fields if field)


# Transfer encodings.

def b64(content, width=76) -> bytes:
    text = base64.b64encode(octets(content))
    return b"\r\n".join(text[at:at + width] for at in range(0, len(text), width)) + b"\r\n"


def qp(content) -> bytes:
    return b"\r\n".join(quopri.encodestring(octets(content)).replace(b"\r\n", b"\n").split(b"\n"))


def qp_all(content, upper=True, width=24) -> bytes:
    """Each octet as =XX."""
    shape = "=%02X" if upper else "=%02x"
    text = [shape % octet for octet in octets(content)]
    return octets("=\r\n".join("".join(text[at:at + width]) for at in range(0, len(text), width)))


def uu(content, name="papers.exe", mode="644", end=True, start="begin") -> bytes:
    content = octets(content)
    rows = [octets(f"{start} {mode} {name}")]
    rows += [binascii.b2a_uu(content[at:at + 45], backtick=True).rstrip(b"\n")
             for at in range(0, len(content), 45)]
    return b"\r\n".join(rows + ([b"`", b"end"] if end else [])) + b"\r\n"


def begin_base64(content, name="papers.exe", end=True) -> bytes:
    return (octets(f"begin-base64 644 {name}\r\n") + b64(content, 60)
            + (b"====\r\n" if end else b""))


def yenc(content, name="papers.exe", end=True, part="") -> bytes:
    content = octets(content)
    out = bytearray(octets(f"=ybegin{part} line=128 size={len(content)} name={name}\r\n"))
    if part:
        out += octets(f"=ypart begin=1 end={len(content)}\r\n")
    column = 0
    for octet in content:
        value = (octet + 42) & 255
        if value in (0, 10, 13, 61) or (value == 46 and column == 0):
            out += bytes((61, (value + 64) & 255))
        else:
            out.append(value)
        column += 1
        if column == 128:
            out += b"\r\n"
            column = 0
    crc = binascii.crc32(content)
    return bytes(out) + (octets(f"\r\n=yend size={len(content)} crc32={crc:08x}\r\n") if end else b"")


HQX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"


def binhex(content, name="papers.exe") -> bytes:
    """BinHex 4.0 (RFC 1741), without runs."""
    content, name = octets(content), octets(name)
    header = (bytes((len(name),)) + name + b"\0" + b"APPLTEST" + b"\0\0"
              + len(content).to_bytes(4, "big") + bytes(4))
    raw = b""
    for piece in (header, content, b""):
        raw += piece + binascii.crc_hqx(piece, 0).to_bytes(2, "big")
    raw = raw.replace(b"\x90", b"\x90\0")
    raw += bytes(-len(raw) % 3)
    text = bytearray(b":")
    for at in range(0, len(raw), 3):
        bits = int.from_bytes(raw[at:at + 3], "big")
        text += bytes(HQX[bits >> shift & 63] for shift in (18, 12, 6, 0))
    text += b":"
    return (b"(This file must be converted with BinHex 4.0)\r\n"
            + b"\r\n".join(bytes(text[at:at + 64]) for at in range(0, len(text), 64)) + b"\r\n")


ENCODERS = {"base64": b64, "quoted-printable": qp, "8bit": octets, "7bit": octets, "": octets}


# Parts.

def part(fields, content=b"") -> bytes:
    """Header lines, an empty line, content; all as given."""
    return lines(*([fields] if isinstance(fields, (str, bytes)) else fields)) + b"\r\n" + octets(content)


def file(name, content, kind="application/octet-stream", encoding="base64", disposition="attachment"):
    """A well-formed attachment."""
    return part((f'Content-Type: {kind}; name="{name}"',
                 f'Content-Disposition: {disposition}; filename="{name}"',
                 encoding and f"Content-Transfer-Encoding: {encoding}"), ENCODERS[encoding](content))


def text(content, kind="text/plain; charset=us-ascii", *fields) -> bytes:
    return part((f"Content-Type: {kind}", *fields), content)


def join(parts, boundary="frontier", end=True) -> bytes:
    """Parts between delimiter lines."""
    body = b"".join(b"--%s\r\n%s\r\n" % (octets(boundary), each.removesuffix(b"\r\n"))
                    for each in parts)
    return body + (b"--%s--\r\n" % octets(boundary) if end else b"")


def multipart(*parts, kind="mixed", boundary="frontier", end=True) -> bytes:
    """A multipart as a part of its own."""
    return part(f'Content-Type: multipart/{kind}; boundary="{boundary}"', join(parts, boundary, end))


def nest(inner, depth, kind="mixed") -> bytes:
    for level in range(depth):
        inner = multipart(inner, kind=kind, boundary=f"level{level}")
    return inner


# Messages.

def mail(fields, body=b"") -> Mail:
    return Mail(part(fields, body))


def mixed(*parts, **options) -> Mail:
    """The usual message: a text, then the parts."""
    return Mail(multipart(TEXT, *parts, **options))


def plain(body, *fields) -> Mail:
    """A message of one text."""
    return mail(fields or ("Content-Type: text/plain; charset=us-ascii",), body)


def odd(fields, *parts, boundary="frontier", end=True, before=b"", after=b"") -> Mail:
    """A multipart of a text and the parts; the header is the caller's."""
    return mail(fields, octets(before) + join((TEXT, *parts), boundary, end) + octets(after))


def letter(inner, subject="Inner") -> bytes:
    """A message with fields of its own, as one that is attached has."""
    return (b"From: Carol <carol@other.example>\r\nTo: Alice <alice@sender.example>\r\nSubject: "
            + octets(subject) + b"\r\nDate: Mon, 02 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n"
            + inner)


def attached(message, *fields, kind="message/rfc822") -> bytes:
    return part((f"Content-Type: {kind}", *fields), message)


def whole(name: str, made) -> bytes:
    """What goes over the wire."""
    if not isinstance(made, Mail):
        made = mixed(made)
    version = b"" if b"MIME-Version:" in made[:40] else b"MIME-Version: 1.0\r\n"
    return ENVELOPE % octets(name) + version + made
