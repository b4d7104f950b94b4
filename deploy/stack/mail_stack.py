"""The whole stack as one object."""

import contextlib
import dataclasses
import os
import ssl
import subprocess
import sys
from collections.abc import Sequence

from stack.daemon import Daemon, Log, wait_until
from stack.dovecot import Dovecot
from stack.host import AddressRange, TemporaryFolder, check_host
from stack.name_server import NameServer
from stack.postfix import Postfix
from stack.redis_server import RedisServer
from stack.sink import Sink
from stack.smtp import Client, Reply, Session

USERS = {"alice@example.test": "wonderland", "bob@example.test": "builder"}
SENDER = "carol@remote.test"


@dataclasses.dataclass(frozen=True)
class Milters:
    """Who sees which mail, as Postfix writes it; "{address}" stands for the stack's address.

    outgoing: submission (where {daemon_name} is ORIGINATING) and sendmail(1). incoming: port 25.
    """
    outgoing: Sequence[str] = ()
    incoming: Sequence[str] = ()


class MailStack:
    """Postfix, Dovecot, Redis, DNS and an outside mail server, up within the `with` block.

    users: {address: password}; their domains are the local ones. Mail to any other address leaves
    through Postfix's SMTP client and arrives at `outside`. postfix: main.cf settings. dovecot:
    further lines of dovecot.conf, where "{address}" stands for the stack's address.
    Start it from the main thread.
    """

    def __init__(self, milters: Milters = Milters(), users: dict[str, str] | None = None,
                 postfix: dict[str, str] | None = None, hostname: str = "mail.example.test",
                 dovecot: str = ""):
        check_host()
        self._milters = milters
        self._users = dict(users or USERS)
        self._postfix_parameters = dict(postfix or {})
        self._dovecot_settings = dovecot
        self.hostname = hostname
        self._programs: list[Daemon] = []

    def __enter__(self):
        self._range = AddressRange()
        self._temporary = TemporaryFolder()
        self.folder = self._temporary.path
        try:
            self._build()
            self._start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, _kind=None, error=None, _trace=None):
        if error:
            error.add_note(self.last_words())
        for program in reversed(self._programs):
            program.kill()
        self._programs.clear()
        for name in ("postfix", "dovecot", "redis", "dns", "outside"):
            _stop(getattr(self, name, None))
        self._range.close()
        self._temporary.remove()

    # Where things are.

    @property
    def address(self) -> str:
        """The mail server's: Postfix on 25 and 587, IMAP on 143, Redis on 6379."""
        return self._range.at(2)

    @property
    def users(self) -> dict[str, str]:
        return self._users

    # Sending.

    def submission(self, user: str) -> Session:
        """A connection to port 587 with TLS, logged in as `user`. Close it, or use `with`."""
        session = Session(self.address, 587)
        try:
            session.starttls(context=self.tls_context())
            session.login(user, self._users[user])
        except BaseException:
            session.close()
            raise
        return session

    def port_25(self, client: Client | None = None, source: str = "127.0.0.1") -> Session:
        """A connection to port 25, as `client` where one is given."""
        session = Session(self.address, 25, source=source)
        if client:
            session.become(client)
        return session

    def submit(self, user: str, message: bytes, to: Sequence[str] = (SENDER,),
               mail_from: str | None = None, options: Sequence[str] = ()) -> Reply:
        """One authenticated message through submission."""
        with self.submission(user) as session:
            return session.deliver(user if mail_from is None else mail_from, to, message, options)

    def deliver_from_outside(self, message: bytes, to: Sequence[str] = ("alice@example.test",),
                             mail_from: str = SENDER, client: Client | None = None,
                             options: Sequence[str] = (), chunk_bytes: int = 0) -> Reply:
        """One message from a stranger to port 25."""
        with self.port_25(client) as session:
            return session.deliver(mail_from, to, message, options, chunk_bytes)

    def sendmail(self, message: bytes, to: Sequence[str] = (SENDER,),
                 mail_from: str = "alice@example.test"):
        """One message by sendmail(1), as local programs send."""
        self.postfix.sendmail(["-i", "-f", mail_from, *to], message.replace(b"\r\n", b"\n"))

    # What arrived.

    def mailbox(self, user: str, containing: bytes = b"") -> list[bytes]:
        """The messages in the user's INBOX that contain these bytes, whole, oldest first."""
        return [message for message in self.dovecot.messages(user) if containing in message]

    def await_mail(self, user: str, containing: bytes = b"", count: int = 1,
                   seconds: float = 20) -> bytes:
        """The last of `count` messages that contain these bytes, as soon as it is there."""
        wait_until(lambda: len(self.mailbox(user, containing)) >= count, seconds,
                   f"{count} messages with {containing!r} for {user}")
        return self.mailbox(user, containing)[count - 1]

    # What the programs say.

    def last_words(self, lines: int = 40) -> str:
        """The end of each log that is not empty: mail.log is Postfix's."""
        logs = {name: Log(f"{self.folder}/{name}").lines()[-lines:]
                for name in sorted(os.listdir(self.folder)) if name.endswith(".log")}
        return "\n".join("\n".join([f"--- {name}", *end]) for name, end in logs.items() if end)

    # Programs beside the servers.

    def write(self, name: str, text: str | bytes, mode: int = 0o644) -> str:
        """A file in the stack's folder; returns its path."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        os.chmod(path, mode)
        return path

    def run(self, name: str, argv: Sequence[str], ready: str = "",
            env: dict[str, str] | None = None) -> Daemon:
        """Starts a program and waits until it listens at `ready` ("inet:8891@127.0.0.1",
        "unix:/path"). It is ended with the stack."""
        program = Daemon(name, list(argv), f"{self.folder}/{name}.log", env)
        self._programs.append(program)
        program.start()
        return program.await_ready(ready) if ready else program

    def start_milter(self, binary: str, port: int, files: dict[str, str],
                     arguments: Sequence[str] = ()) -> Daemon:
        """A Gatepost milter: writes its TOML files ({name: text}) and runs
        `binary -c FIRST --site SECOND`, waiting for inet:port on the stack's address."""
        name = f"{os.path.basename(binary)}-{port}"
        paths = [self.write(f"{name}/{file}", text) for file, text in files.items()]
        flags = [word for pair in zip(("-c", "--site"), paths) for word in pair]
        return self.run(name, [binary, *flags, *arguments], f"inet:{port}@{self.address}")

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._certificate)
        context.check_hostname = False
        return context

    # Building.

    def _build(self):
        self._certificate, self._key = self._make_certificate()
        self.outside = Sink(self._range.at(3))
        self.dns = NameServer(self._range.at(53), self._range.at(54), self.folder)
        self.redis = RedisServer(self.address, self.folder)
        self.postfix = Postfix(self.folder, self._values(), self._postfix_parameters)
        self.postfix.set_mailboxes(self._users)
        self.dovecot = Dovecot(self.address, self.folder, self.postfix.queue, self._certificate,
                               self._key,
                               self._dovecot_settings.replace("{address}", self.address))
        self.dovecot.set_users(self._users)

    def _values(self) -> dict[str, str]:
        domains = sorted({user.partition("@")[2] for user in self._users})
        def chain(milters):
            return ", ".join(milters).replace("{address}", self.address)
        return {
            "address": self.address, "outside": self.outside.address, "resolver": self.dns.address,
            "hostname": self.hostname, "domains": " ".join(domains),
            "certificate": self._certificate, "key": self._key,
            "incoming": chain(self._milters.incoming), "outgoing": chain(self._milters.outgoing),
        }

    def _start(self):
        servers = (self.dns, self.redis, self.dovecot, self.postfix)
        self.outside.start()
        for server in servers:
            server.start()
        for server in servers:
            server.await_ready()

    def _make_certificate(self) -> tuple[str, str]:
        certificate, key = f"{self.folder}/server.crt", f"{self.folder}/server.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={self.hostname}", "-keyout", key,
             "-out", certificate], check=True, capture_output=True)
        return certificate, key


def _stop(server):
    """Ends one server of the stack, whatever state it is in."""
    if server is None:
        return
    with contextlib.suppress(Exception):
        if isinstance(server, (Sink, Postfix)):
            server.stop()
        elif isinstance(server, NameServer):
            server.kill()
        else:
            server.daemon.kill()
