"""The outside world of the stack: an SMTP server that keeps each message byte for byte."""

import dataclasses
import socketserver
import sys
import threading

from stack.daemon import wait_until

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 104857600")


@dataclasses.dataclass(frozen=True)
class ReceivedMail:
    """A message as its sender put it on the wire, without the dots that SMTP adds."""
    mail_from: str
    parameters: str             # of MAIL FROM: "SIZE=123 BODY=8BITMIME"
    recipients: tuple[str, ...]
    content: bytes


class Sink:
    """Listens from start() to stop(). `extensions` and `replies` may change at any time:
    replies["RCPT"] = "450 4.2.0 later" refuses from then on; the keys are verbs, a recipient's
    address, or "." for the end of a message.
    """

    def __init__(self, address: str, extensions=EXTENSIONS):
        self.address = address
        self.extensions = tuple(extensions)
        self.replies: dict[str, str] = {}
        self._received: list[ReceivedMail] = []
        self._server = None

    def start(self):
        sink = self

        class Handler(_Conversation):
            owner = sink

        self._server = _Server((self.address, 25), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def messages(self, containing: bytes = b"") -> list[ReceivedMail]:
        return [mail for mail in self._received if containing in mail.content]

    def await_mail(self, containing: bytes = b"", count: int = 1, seconds: float = 20) -> ReceivedMail:
        """The last of `count` messages that contain these bytes, as soon as it is there."""
        found = wait_until(lambda: (m := self.messages(containing)) and len(m) >= count and m, seconds,
                           f"{count} messages with {containing!r} at the outside server")
        return found[count - 1]

    def keep(self, mail: ReceivedMail):
        self._received.append(mail)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client may hang up at any time; what else goes wrong is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Conversation(socketserver.StreamRequestHandler):
    owner: Sink
    rbufsize = 1 << 16

    def handle(self):
        self._reset()
        self._say("220 outside.test ESMTP")
        while line := self.rfile.readline(65536):
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            verb = text.split(" ")[0].split(":")[0].upper()
            if verb == "QUIT":
                return self._say("221 2.0.0 bye")
            self._answer(verb, text)

    def _answer(self, verb: str, text: str):
        command = getattr(self, f"_on_{verb.lower()}", None)
        if refusal := self.owner.replies.get(verb):
            self._say(refusal)
        elif command is None:
            self._say("502 5.5.1 not known here")
        else:
            command(text)

    def _on_ehlo(self, _text):
        lines = ("outside.test", *self.owner.extensions)
        for i, line in enumerate(lines):
            self._say(f"250{'-' if i + 1 < len(lines) else ' '}{line}")

    def _on_helo(self, _text):
        self._say("250 outside.test")

    def _on_mail(self, text: str):
        self._reset()
        address, _, self._parameters = text.partition(":")[2].strip().partition(" ")
        self._mail_from = address.strip("<>")
        self._say("250 2.1.0 ok")

    def _on_rcpt(self, text: str):
        address = text.partition(":")[2].strip().partition(" ")[0].strip("<>")
        refusal = self.owner.replies.get(address)
        if not refusal:
            self._recipients.append(address)
        self._say(refusal or "250 2.1.5 ok")

    def _on_rset(self, _text):
        self._reset()
        self._say("250 2.0.0 ok")

    def _on_noop(self, _text):
        self._say("250 2.0.0 ok")

    def _on_data(self, _text):
        self._say("354 go on")
        for line in iter(self.rfile.readline, b".\r\n"):
            if not line:
                return
            self._content += line[1:] if line.startswith(b".") else line
        self._finish()

    def _on_bdat(self, text: str):
        words = text.split()
        self._content += self.rfile.read(int(words[1]))
        if words[-1].upper() == "LAST":
            self._finish()
        else:
            self._say("250 2.0.0 chunk")

    def _finish(self):
        refusal = self.owner.replies.get(".")
        if not refusal:
            self.owner.keep(ReceivedMail(self._mail_from, self._parameters,
                                         tuple(self._recipients), bytes(self._content)))
        self._reset()
        self._say(refusal or "250 2.0.0 kept")

    def _reset(self):
        self._mail_from, self._parameters = "", ""
        self._recipients, self._content = [], bytearray()

    def _say(self, line: str):
        self.wfile.write(line.encode() + b"\r\n")
