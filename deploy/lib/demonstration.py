"""What deploy/demo shows: real messages through real servers, and what each milter did."""

import argparse
import contextlib
import io
import os
import re
import signal
import sys
import textwrap
import time
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

from stack import Client, MailStack, Milters, enter_namespace, wait_until
from stack.attachments import ATTACHMENTS_PORT, start_attachments
from stack.dkim import SIGNER_PORT, make_key, start_signer
from stack.dmarc import DMARC_PORT, start_dmarc
from stack.privileged import socket_path, start_privileged
from stack.ratelimit import RATELIMIT_PORT, CommandLine, start_ratelimit

ALICE, CAROL = "alice@example.test", "carol@friends.test"
BOB = "bob@example.test"
LIMITS = '[limits]\nlimits = ["3 recipients / hour by user"]\ncontact = "postmaster@example.test"\n'
FRIENDS_SERVER = Client("203.0.113.5", "mail.friends.test", "mail.friends.test")
STRANGER = Client("198.51.100.66", "unknown", "mail.bank.test")
# The beginning of one for Windows, which does nothing.
PROGRAM = b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0\x4c\1" + bytes(240)
COLOUR = (sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
          and "NO_COLOR" not in os.environ)


def paint(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def say(text: str = ""):
    print(text, flush=True)


class Demonstration:
    """Two mail servers: ours, where alice lives, and friends.test, where carol does."""

    def __init__(self, ours: MailStack, theirs: MailStack, binaries: str):
        self.ours, self.theirs = ours, theirs
        self.surprises = 0
        self._count = 0
        self._sign(ours, "example.test", f"{binaries}/gatepost-dkim")
        self._sign(theirs, "friends.test", f"{binaries}/gatepost-dkim")
        self._publish_policies()
        self._judge = start_dmarc(ours, f"{binaries}/gatepost-dmarc")
        self._limiter = start_ratelimit(ours, f"{binaries}/gatepost-ratelimit", LIMITS)
        self._attachments = start_attachments(ours, f"{binaries}/gatepost-attachments")
        start_privileged(ours, f"{binaries}/gatepost-privileged")
        quarantine = f'[quarantine]\nprivileged_socket = "{socket_path(ours)}"\n'
        self._gatepost = CommandLine(ours, f"{binaries}/gatepost", quarantine)

    def _publish_policies(self):
        """friends.test sends from one server; the bank wants forgeries refused."""
        dns = self.ours.dns
        dns.add("friends.test", "TXT", "v=spf1 ip4:203.0.113.5 -all")
        dns.add("_dmarc.friends.test", "TXT", "v=DMARC1; p=quarantine")
        dns.add("bank.test", "TXT", "v=spf1 ip4:192.0.2.80 -all")
        dns.add("_dmarc.bank.test", "TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@bank.test")
        dns.add("mail.friends.test", "A", "203.0.113.5")
        dns.add_pointer("203.0.113.5", "mail.friends.test")

    def _sign(self, server: MailStack, domain: str, binary: str):
        keys = [make_key(self.ours, domain, "r2026", "rsa"),
                make_key(self.ours, domain, "e2026", "ed25519")]
        server.signer = start_signer(server, binary, keys)

    def run(self):
        self._alice_writes()
        genuine = self._carol_writes("Lunch?")
        self._genuine_mail(genuine)
        self._changed_mail(genuine)
        self._forged_mail()
        self._hidden_program()
        self._held_mail()
        self._limit_reached()
        self._stolen_account()

    def _alice_writes(self):
        self._title("Alice, logged in, sends mail to the world through submission")
        letter = compose(ALICE, "dave@elsewhere.test", "Minutes of Monday", "All agreed.\r\n")
        reply = self.ours.submit(ALICE, letter, to=["dave@elsewhere.test"])
        wire = self.ours.outside.await_mail(b"Minutes of Monday").content
        self._milter_said(self.ours.signer, reply.queue_id)
        self._show(wire, "DKIM-Signature")
        self._expect(len(fields(wire, "DKIM-Signature")) == 2,
                     "it left with two signatures, RSA and ed25519")

    def _carol_writes(self, subject: str) -> bytes:
        """The bytes that friends.test sends, signed there by a gatepost-dkim of its own."""
        letter = compose(CAROL, ALICE, subject, "At noon, the usual place.\r\n")
        self.theirs.submit(CAROL, letter, to=["dave@elsewhere.test"])
        return self.theirs.outside.await_mail(subject.encode()).content

    def _genuine_mail(self, wire: bytes):
        self._title("Carol of friends.test writes to Alice: it arrives at port 25")
        arrived = self._arrive(wire)
        self._expect(results(arrived).count("dkim=pass") == 2 and "dmarc=pass" in results(arrived),
                     "both signatures are good, and they are Carol's domain's")

    def _changed_mail(self, wire: bytes):
        self._title("The same mail, changed by a forwarder: noon became night")
        arrived = self._arrive(wire.replace(b"noon", b"night"), client=STRANGER)
        self._expect("dmarc=fail" in results(arrived) and fields(arrived, "X-Gatepost-Tag"),
                     "nothing vouches for it any more: tagged, as friends.test asks (p=quarantine)")

    def _forged_mail(self):
        self._title("A stranger writes as a bank, and claims that we have checked his mail")
        forged = b"Authentication-Results: mail.example.test; dmarc=pass header.from=bank.test\r\n"
        note("sent with  " + forged.decode().strip())
        letter = compose("service@bank.test", ALICE, "Your account", "Log in.\r\n")
        reply = self.ours.deliver_from_outside(forged + letter, mail_from="service@bank.test",
                                               client=STRANGER)
        self._milter_said(self._judge, r"verdict=refuse")
        note(f"the stranger hears  {reply.code} " + reply.text.replace("\n", " / "))
        self._expect(reply.code == 550, "refused, as the bank asks (p=reject)")

    def _hidden_program(self):
        self._title("A stranger hides a program: in a zip, in a mail, in another zip")
        letter = attach("Invoice", "invoice.zip", zipped("copy.eml", attach(
            "Copy", "documents.zip", zipped("invoice.pdf.exe", PROGRAM))))
        reply = self.ours.deliver_from_outside(letter)
        self._milter_said(self._attachments, "verdict=refuse")
        note(f"the stranger hears  {reply.code} " + reply.text.replace("\n", " / "))
        self._expect(reply.code == 550, "found where it lies, and refused")

    def _held_mail(self):
        self._title("A stranger sends a shortcut to a web page: it waits for a person")
        letter = attach("Our offer", "offer.url", b"[InternetShortcut]\r\nURL=http://shop.test/\r\n")
        reply = self.ours.deliver_from_outside(letter)
        self._milter_said(self._attachments, f"queue_id={reply.queue_id}")
        self._expect(self._soon(lambda: reply.queue_id in self._held()),
                     "it is in the hold queue, and on the list")
        self._command("quarantine", "list")
        count = len(self.ours.mailbox(ALICE)) + 1
        self._command("quarantine", "release", reply.queue_id)
        self._expect(b"offer.url" in self.ours.await_mail(ALICE, count=count),
                     "released, it arrives, and nobody judges it again")

    def _held(self) -> str:
        return self._gatepost.run("quarantine", "list").stdout

    def _limit_reached(self):
        self._title("Bob sends to three people, and then to a fourth: his limit is three an hour")
        letter = compose(BOB, "all@elsewhere.test", "Invitation", "Sunday at three.\r\n")
        self.ours.submit(BOB, letter, to=[f"guest{i}@elsewhere.test" for i in range(3)])
        reply = self.ours.submit(BOB, letter, to=["guest3@elsewhere.test"])
        self._milter_said(self._limiter, "verdict=defer")
        note(f"Bob hears  {reply.code} " + reply.text.replace("\n", " / "))
        self._expect(reply.code == 450, "asked to come back, with the reason and the time")
        self._command("limits", "set", BOB, "*", "unlimited", "--until", "1h", "--why", "his party")
        self._expect(self._soon(lambda: self._bob_sends().accepted),
                     "an administrator lets him, and he can send")

    def _stolen_account(self):
        self._title("Bob's password was stolen: his account is suspended")
        self._command("suspend", BOB, "--why", "phished")
        self._expect(self._soon(lambda: self._bob_sends().code == 550),
                     "every program refuses his mail within a second")
        note("the thief hears  " + self._bob_sends().text)
        self._command("resume", BOB)
        self._expect(self._soon(lambda: self._bob_sends().accepted), "one command lifts it")

    def _bob_sends(self):
        return self.ours.submit(BOB, compose(BOB, "dave@elsewhere.test", "Hello", "Hello.\r\n"),
                                to=["dave@elsewhere.test"])

    def _command(self, *words: str):
        note("gatepost " + " ".join(f'"{word}"' if " " in word or word == "*" else word
                                    for word in words))
        done = self._gatepost.run(*words)
        note(done.stdout.strip() or done.stderr.strip())

    def _soon(self, condition) -> bool:
        """Whether it comes true within the time that the promise leaves, and some more."""
        with contextlib.suppress(TimeoutError):
            return wait_until(condition, 5, "what was promised")
        return False

    def _arrive(self, wire: bytes, sender: str = CAROL, client: Client = FRIENDS_SERVER) -> bytes:
        """Through our port 25 into Alice's mailbox, and what was said about it there."""
        count = len(self.ours.mailbox(ALICE)) + 1
        reply = self.ours.deliver_from_outside(wire, mail_from=sender, client=client)
        arrived = self.ours.await_mail(ALICE, count=count)
        self._milter_said(self._judge, reply.queue_id)
        self._show(arrived, "Authentication-Results")
        return arrived

    # Output.

    def _title(self, text: str):
        self._count += 1
        say()
        say(paint("1", f"{self._count}. {text}"))

    def _milter_said(self, milter, pattern: str):
        line = milter.log.await_line(pattern)
        name = re.sub(r"-\d+$", "", milter.name)
        said = f"{name:21}" + re.sub(r"^.*?(?=\w+ queue_id=)", "", line)
        for row in textwrap.wrap(said, 92, subsequent_indent=" " * 21, break_long_words=False,
                                 break_on_hyphens=False):
            note(row)

    def _show(self, message: bytes, name: str):
        for field in fields(message, name):
            say("     " + paint("36", name) + field[len(name):].replace("\r\n", "\n    ").expandtabs(4))

    def _expect(self, as_expected: bool, what: str):
        self.surprises += not as_expected
        say("   " + (paint("32", "✓ ") + what if as_expected else paint("31", "✗ not so: ") + what))


def note(text: str):
    say("   " + paint("2", text))


def compose(sender: str, recipient: str, subject: str, body: str) -> bytes:
    local, _, domain = sender.partition("@")
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    return (f"From: {local.capitalize()} <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\n"
            f"Date: {date}\r\nMessage-ID: <{time.time_ns()}@{domain}>\r\n\r\n{body}").encode()


def attach(subject: str, name: str, content: bytes) -> bytes:
    """A letter of Carol's with one attachment."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = CAROL, ALICE, subject
    message["Message-ID"] = f"<{time.time_ns()}@friends.test>"
    message.set_content("Please look at it.\n")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes(policy=SMTP)


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def fields(message: bytes, name: str) -> list[str]:
    """The header fields of this name, folded as they are."""
    header = message.partition(b"\r\n\r\n")[0].decode(errors="replace")
    return re.findall(rf"(?im)^{name}:[^\r]*(?:\r\n[ \t][^\r]*)*", header)


def results(message: bytes) -> str:
    return "".join(fields(message, "Authentication-Results"))


def stay(ours: MailStack):
    """Keeps the servers up and says how to reach them, until a signal comes."""
    inside = os.environ.get("GATEPOST_OUTER_PID", "")
    say()
    say(paint("1", "The servers keep running. Ctrl-C takes everything down."))
    if inside:
        say(f"   A shell beside them        nsenter --net --mount --target {inside}")
        say("   and there")
    for line in (
            f"submission                 {ours.address}:587, STARTTLS",
            f"port 25                    {ours.address}:25",
            f"IMAP                       {ours.address}:143",
            f"DNS                        {ours.dns.address}:53",
            "accounts                   " + ", ".join(" / ".join(u) for u in ours.users.items()),
            f"Postfix's log              {ours.postfix.log.path}",
            f"local mail                 sendmail -C {ours.postfix.config} -f {ALICE} dave@elsewhere.test"):
        say("   " + line)
    try:
        signal.pause()
    finally:
        say()


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--bin", required=True)
    options.add_argument("--stay", action="store_true")
    options = options.parse_args()
    enter_namespace()
    started = time.monotonic()
    signer = f"inet:{{address}}:{SIGNER_PORT}"
    limiter = f"inet:{{address}}:{RATELIMIT_PORT}"
    attachments = f"inet:{{address}}:{ATTACHMENTS_PORT}"
    milters = Milters(outgoing=[attachments, signer, limiter],
                      incoming=[f"inet:{{address}}:{DMARC_PORT}", attachments, limiter])
    with MailStack(milters) as ours, \
            MailStack(Milters(outgoing=[signer]), users={CAROL: "letmein"},
                      hostname="mail.friends.test") as theirs:
        show = Demonstration(ours, theirs, options.bin)
        say()
        say(paint("1", "Two private mail servers") + " with Postfix, Dovecot, Redis, DNS and "
            f"the milters, up in {time.monotonic() - started:.1f} s")
        show.run()
        if options.stay:
            stay(ours)
    say()
    say("All as it should be. Everything is taken down again." if not show.surprises
        else f"{show.surprises} of these went otherwise than expected.")
    return min(show.surprises, 1)


if __name__ == "__main__":
    sys.exit(main())
