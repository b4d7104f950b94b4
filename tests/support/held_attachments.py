"""gatepost-attachments with a quarantine behind a real Postfix: a test case for what it holds."""

import email
import email.policy
import json
import re
from email.message import EmailMessage

from mail_stack import Milters, StackTest, binary, wait_until
from quarantine import Quarantine, site_with_quarantine
from stack.attachments import ATTACHMENTS_PORT, start_attachments
from stack.privileged import start_privileged

ALICE, BOB, STRANGER = "alice@example.test", "bob@example.test", "carol@remote.test"
POSTMASTER = "postmaster@example.test"
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}\b")
MILTER = f"inet:{{address}}:{ATTACHMENTS_PORT}"


def letter(subject: str, *attachments: tuple[str, bytes], sender: str = STRANGER,
           **fields: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ALICE, subject
    message["Message-ID"] = f"<{subject}@remote.test>"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0000"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content("Hello\n")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream",
                               filename=name)
    return message.as_bytes(policy=email.policy.SMTP)


class HeldTest(StackTest):
    """`rules` and `options` (TOML behind [rules]) of the class; `self.quarantine` asks."""

    stack_options = {"milters": Milters(incoming=[MILTER], outgoing=[MILTER])}
    rules = ""
    options = ""

    @classmethod
    def start_programs(cls):
        cls.privileged = start_privileged(cls.stack, binary("gatepost-privileged"))
        cls.quarantine = Quarantine(cls.stack, site_with_quarantine(cls.stack))
        cls.start_milter()

    @classmethod
    def start_milter(cls):
        site = site_with_quarantine(cls.stack).partition("[quarantine]")[2]
        cls.program = start_attachments(
            cls.stack, binary("gatepost-attachments"), cls.rules,
            cls.options.format(address=cls.stack.address, folder=cls.stack.folder,
                               postmaster=POSTMASTER), "[quarantine]" + site)

    def deliver(self, subject: str, *attachments: tuple[str, bytes], to=(ALICE,), **how):
        return self.stack.deliver_from_outside(letter(subject, *attachments), to=list(to), **how)

    def queues(self) -> dict[str, str]:
        entries = [json.loads(line) for line in self.stack.postfix.queued()]
        return {entry["queue_id"]: entry["queue_name"] for entry in entries}

    def on_hold(self) -> list[str]:
        return [queue_id for queue_id, queue in self.queues().items() if queue == "hold"]

    def hold(self, subject: str, *attachments: tuple[str, bytes], to=(ALICE,), **how) -> str:
        """The queue id of a message that is on hold, and on the list."""
        return self.held(self.deliver(subject, *attachments, to=to, **how))

    def held(self, reply) -> str:
        self.assertTrue(reply.accepted, reply)
        wait_until(lambda: self.queues().get(reply.queue_id) == "hold", 20, "the message on hold")
        wait_until(lambda: reply.queue_id in self.quarantine.run("quarantine", "list").stdout, 20,
                   "the message on the list")
        return reply.queue_id

    def await_once(self, user: str, subject: str) -> bytes:
        """It arrived, once."""
        text = f"Subject: {subject}\r\n".encode()
        mail = self.stack.await_mail(user, text)
        self.assertEqual(len(self.stack.mailbox(user, text)), 1)
        return mail

    def notices(self, user: str, about: str) -> list[EmailMessage]:
        """Those that tell of a message with this subject."""
        told = [email.message_from_bytes(mail, policy=email.policy.default)
                for mail in self.stack.mailbox(user, b"was held back")]
        return [notice for notice in told
                if re.search(rf"Subject: +{about}\n", notice.get_content().replace("\r", ""))]

    def await_notice(self, user: str, about: str) -> EmailMessage:
        return wait_until(lambda: self.notices(user, about), 20, f"the notice for {user}")[0]

    def explain(self, queue_id: str, pattern: str) -> str:
        """What `gatepost explain` says, as soon as it matches."""
        def explained():
            text = self.quarantine.run("explain", queue_id).stdout
            return text if re.search(pattern, text) else None
        return wait_until(explained, 10, f"a record of {queue_id} with {pattern!r}")
