"""The sending side of SMTP, with the reply that decided."""

import dataclasses
import re
import smtplib
import socket
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Client:
    """Whom Postfix shall see as the client of a connection (XCLIENT)."""
    address: str        # "192.0.2.7" or "2001:db8::7"
    name: str = "[UNAVAILABLE]"  # its verified name
    helo: str = ""

    def attributes(self) -> str:
        address = f"IPV6:{self.address}" if ":" in self.address else self.address
        pairs = (("ADDR", address), ("NAME", self.name), ("REVERSE_NAME", self.name),
                 ("HELO", self.helo))
        return " ".join(f"{key}={value}" for key, value in pairs if value)


@dataclasses.dataclass(frozen=True)
class Reply:
    """What the server said at the step that decided about the message."""
    stage: str  # "CONNECT", "MAIL", "RCPT", "DATA" (which includes the end of the message)
    code: int
    text: str
    refused: dict[str, str] = dataclasses.field(default_factory=dict)  # recipient -> reply

    @property
    def accepted(self) -> bool:
        return self.stage == "DATA" and self.code == 250

    @property
    def queue_id(self) -> str:
        match = re.search(r"queued as (\w+)", self.text)
        return match.group(1) if match else ""


class Session(smtplib.SMTP):
    """smtplib with XCLIENT, BDAT and one call for a message; closes the connection as a context.

    `source` is the address the connection comes from, any of 127.0.0.0/8.
    """

    def __init__(self, host: str, port: int, helo: str = "client.example", source: str = "127.0.0.1"):
        super().__init__(host, port, local_hostname=helo, timeout=120, source_address=(source, 0))

    def become(self, client: Client):
        """Speaks for another client from here on."""
        self.ehlo_or_helo_if_needed()
        code, text = self.docmd("XCLIENT", client.attributes())
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        self.ehlo_resp = self.helo_resp = None
        self.ehlo(client.helo or self.local_hostname)

    def deliver(self, mail_from: str, recipients: Sequence[str], message: bytes,
             options: Sequence[str] = (), chunk_bytes: int = 0) -> Reply:
        """One message, its bytes as they are (dots are stuffed). chunk_bytes > 0: sent by BDAT."""
        self.ehlo_or_helo_if_needed()
        code, text = self.mail(mail_from, list(options))
        if code != 250:
            return _reply("MAIL", code, text)
        answers = {address: self.rcpt(address) for address in recipients}
        refused = {a: f"{c} {t.decode()}" for a, (c, t) in answers.items() if c >= 300}
        if len(refused) == len(answers):
            return _reply("RCPT", *list(answers.values())[-1], refused)
        code, text = self._bdat(message, chunk_bytes) if chunk_bytes else self._data(message)
        return _reply("DATA", code, text, refused)

    def _data(self, message: bytes):
        try:
            return self.data(message)
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error

    def _bdat(self, message: bytes, chunk_bytes: int):
        answer = (0, b"")
        for start in range(0, len(message), chunk_bytes):
            chunk = message[start:start + chunk_bytes]
            last = " LAST" if start + chunk_bytes >= len(message) else ""
            self.sock.sendall(f"BDAT {len(chunk)}{last}\r\n".encode() + chunk)
            answer = self.getreply()
            if answer[0] != 250:
                break
        return answer

    def __exit__(self, *_):
        try:
            self.quit()
        except (smtplib.SMTPException, OSError, socket.timeout):
            self.close()


def _reply(stage: str, code: int, text: bytes, refused: dict | None = None) -> Reply:
    return Reply(stage, code, text.decode(errors="replace"), refused or {})
