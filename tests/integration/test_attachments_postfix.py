"""gatepost-attachments behind a real Postfix: what is refused, held, replaced and only noted."""

import email
import email.policy
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from email.message import EmailMessage

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from mail_stack import Milters, StackTest, binary, main, wait_until  # noqa: E402
from stack.attachments import ATTACHMENTS_PORT, start_attachments  # noqa: E402
from stack.site import site_file  # noqa: E402

PROGRAM = "gatepost-attachments"
ALICE, BOB, STRANGER = "alice@example.test", "bob@example.test", "carol@remote.test"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
PE = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + b"\x4c\x01" + bytes(240)

RULES = """\
watched    shadow   refuse      extension=watch
programs   enforce  refuse      kind=executable direction=in class=dangerous -- Programs are not taken by mail; please send a link.
locked     enforce  quarantine  property=encrypted-member class=policy
for-bob    enforce  quarantine  extension=bobs recipient=bob@example.test class=policy
out        enforce  replace     extension=old
tagged     enforce  tag         extension=tag
"""


def packed(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def letter(subject: str, *attachments: tuple[str, bytes], sender: str = STRANGER) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ALICE, subject
    message["Message-ID"] = f"<{subject}@remote.test>"
    message.set_content("Hello\n")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream",
                               filename=name)
    return message.as_bytes(policy=email.policy.SMTP)


class Attachments(StackTest):
    stack_options = {"milters": Milters(outgoing=[f"inet:{{address}}:{ATTACHMENTS_PORT}"],
                                        incoming=[f"inet:{{address}}:{ATTACHMENTS_PORT}"])}

    @classmethod
    def start_programs(cls):
        cls.program = start_attachments(cls.stack, binary(PROGRAM), RULES,
                                        'contact = "postmaster@example.test"\n')
        cls.cli = binary("gatepost")
        cls.site = cls.stack.write("cli/gatepost.toml", site_file(cls.stack))

    def deliver(self, subject: str, *attachments: tuple[str, bytes], to=(ALICE,)):
        return self.stack.deliver_from_outside(letter(subject, *attachments), to=list(to))

    def explain(self, queue_id: str) -> str:
        def explained():
            done = subprocess.run([self.cli, "--site", self.site, "explain", queue_id],
                                  capture_output=True, text=True, timeout=30)
            return done.stdout if done.returncode == 0 else None
        return wait_until(explained, 10, "the record")

    def queues(self) -> dict[str, str]:
        entries = [json.loads(line) for line in self.stack.postfix.queued()]
        return {entry["queue_id"]: entry["queue_name"] for entry in entries}

    def test_ordinary_mail_arrives_as_it_was_sent(self):
        sent = letter("ordinary", ("photo.png", PICTURE), ("notes.zip", packed("a.txt", b"text")))
        reply = self.stack.deliver_from_outside(sent)
        self.assertTrue(reply.accepted, reply)
        arrived = self.stack.await_mail(ALICE, b"Subject: ordinary\r")
        self.assertIn(sent.partition(b"\r\n\r\n")[2].rstrip(), arrived)
        self.assertNotIn(b"X-Gatepost", arrived)
        self.assertRegex(self.explain(reply.queue_id), f"{PROGRAM} on .*: pass")

    def test_a_program_in_an_archive_is_refused_in_the_rules_own_words(self):
        reply = self.deliver("refused", ("invoice.zip", packed("invoice.pdf.exe", PE)))
        self.assertEqual((reply.stage, reply.code), ("DATA", 550))
        self.assertRegex(reply.text, r"^5\.7\.1 Programs are not taken by mail; please send a link\."
                                     r".*postmaster@example\.test.* \(reference \w+\)$")
        reference = re.search(r"\(reference (\w+)\)", reply.text).group(1)
        self.assertRegex(self.explain(reference), r"programs +refuse +invoice\.zip/invoice\.pdf\.exe")

    def test_a_rule_for_the_way_in_does_not_hold_for_the_way_out(self):
        reply = self.stack.submit(ALICE, letter("outgoing", ("tool.exe", PE), sender=ALICE))
        self.assertTrue(reply.accepted, reply)
        self.stack.outside.await_mail(b"Subject: outgoing\r")

    def test_what_is_held_waits_and_is_not_delivered(self):
        reply = self.deliver("held", ("plans.bobs", b"%PDF-1.4\n"), to=(ALICE, BOB))
        self.assertTrue(reply.accepted, reply)
        wait_until(lambda: self.queues().get(reply.queue_id) == "hold", 20, "the message on hold")
        self.assertRegex(self.explain(reply.queue_id),
                         r"for-bob +quarantine +plans\.bobs: .* for bob@example\.test")
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: held\r"), [])

    def test_a_part_is_replaced_and_all_others_stay(self):
        sent = letter("replaced", ("photo.png", PICTURE), ("list.old", b"\xd0\xcf\x11\xe0" * 100))
        reply = self.stack.deliver_from_outside(sent)
        self.assertTrue(reply.accepted, reply)
        arrived = email.message_from_bytes(self.stack.await_mail(ALICE, b"Subject: replaced\r"),
                                           policy=email.policy.default)
        parts = list(arrived.iter_parts())
        self.assertEqual(parts[0].get_content().splitlines(), ["Hello"])
        self.assertEqual(parts[1].get_content(), PICTURE)
        self.assertIn('The attachment "list.old" was removed', parts[2].get_content())
        self.assertEqual(arrived["X-Gatepost-Attachments"], 'out; replace; "list.old"')

    def test_what_replaces_a_part_has_its_name_as_people_read_it(self):
        sent = letter("encoded", ("list.old", b"\xd0\xcf\x11\xe0" * 100)).replace(
            b'filename="list.old"', b'filename="=?utf-8?B?w5xiZXJzaWNodC5vbGQ=?="')
        self.assertTrue(self.stack.deliver_from_outside(sent).accepted)
        arrived = email.message_from_bytes(self.stack.await_mail(ALICE, b"Subject: encoded\r"),
                                           policy=email.policy.default)
        text = list(arrived.iter_parts())[1].get_content()
        self.assertIn('The attachment "\u00dcbersicht.old" was removed', text)

    def test_shadow_and_tags_deliver(self):
        reply = self.deliver("watched", ("a.watch", b"one"), ("b.tag", b"two"))
        self.assertTrue(reply.accepted, reply)
        arrived = self.stack.await_mail(ALICE, b"Subject: watched\r")
        self.assertIn(b'X-Gatepost-Attachments: tagged; tag; "b.tag"', arrived)
        self.assertNotIn(b"a.watch;", arrived)
        self.assertRegex(self.explain(reply.queue_id), r"watched +refuse .*shadow")

    def test_nobody_outside_writes_our_tags(self):
        sent = b"X-Gatepost-Attachments: clean\r\n" + letter("forged", ("b.tag", b"two"))
        self.assertTrue(self.stack.deliver_from_outside(sent).accepted)
        arrived = self.stack.await_mail(ALICE, b"Subject: forged\r")
        self.assertEqual(arrived.count(b"X-Gatepost-Attachments:"), 1)
        self.assertNotIn(b"clean", arrived)


if __name__ == "__main__":
    main()
