"""The whole way in of a real Postfix, gatepost-dmarc, gatepost-attachments and gatepost-ratelimit:
what one finds is a condition of the next one's rules; listed hashes, outbreaks, mail that is lost."""

import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

import gatepost_dmarc  # noqa: E402
from arrival_judge import stream  # noqa: E402
from held_attachments import ALICE, HeldTest, letter  # noqa: E402
from mail_stack import Client, Milters, binary, main, wait_until  # noqa: E402
from stack.attachments import ATTACHMENTS_PORT  # noqa: E402
from stack.ratelimit import RATELIMIT_PORT, start_ratelimit  # noqa: E402

DMARC_PORT = 8893
PROVEN, UNPROVEN = "carol@proven.test", "carol@unproven.test"
CLIENT = Client("192.0.2.1", helo="mx.proven.test")
PDF = b"%PDF-1.4\n"
ZONE = (("proven.test", "v=spf1 ip4:192.0.2.0/24 -all"), ("unproven.test", "v=spf1 ip4:198.51.100.1 ~all"),
        ("_dmarc.proven.test", "v=DMARC1; p=none"), ("_dmarc.unproven.test", "v=DMARC1; p=none"))
RULES = """\
unproven   enforce  refuse      authentication=fail extension=bobs -- Drawings must be from who they say.
listed     enforce  refuse      sha256=listed       class=dangerous
spreading  enforce  quarantine  property=outbreak   class=dangerous
lost       enforce  discard     extension=lost
"""


class Chain(HeldTest):
    stack_options = {"milters": Milters(incoming=[
        f"inet:{{address}}:{port}" for port in (DMARC_PORT, ATTACHMENTS_PORT, RATELIMIT_PORT)])}
    rules = RULES
    options = "allow_discard = true\n[outbreak]\nsenders = 3\n"

    @classmethod
    def start_programs(cls):
        for name, text in ZONE:
            cls.stack.dns.add(name, "TXT", text)
        super().start_programs()
        gatepost_dmarc.start_dmarc(cls.stack, binary("gatepost-dmarc"), port=DMARC_PORT)
        start_ratelimit(cls.stack, binary("gatepost-ratelimit"),
                        '[limits]\nlimits = ["3 messages / hour by client name=few mode=shadow"]\n')

    def arrive(self, subject: str, *attachments: tuple[str, bytes], sender: str = PROVEN,
               client: Client = CLIENT):
        return self.stack.deliver_from_outside(letter(subject, *attachments, sender=sender), [ALICE],
                                               sender, client)

    def test_what_dmarc_found_is_a_condition_of_a_rule_and_all_three_say_what_they_did(self):
        reply = self.arrive("proven", ("plan.bobs", PDF + b"proven"))
        self.assertTrue(reply.accepted, reply)
        arrived = self.await_once(ALICE, "proven")
        self.assertRegex(arrived, rb"dmarc=pass")
        for program, verdict in (("dmarc", "pass"), ("attachments", "pass"), ("ratelimit", "")):
            self.explain(reply.queue_id, rf"gatepost-{program} on \S+: {verdict}")

        reply = self.arrive("unproven", ("plan.bobs", PDF + b"unproven"), sender=UNPROVEN)
        self.assertEqual((reply.stage, reply.code), ("DATA", 550), reply)
        self.assertIn("Drawings must be from who they say.", reply.text)
        reply = self.arrive("plain", ("plan.pdf", PDF + b"plain"), sender=UNPROVEN)
        self.assertTrue(reply.accepted, reply)
        self.assertRegex(self.await_once(ALICE, "plain"), rb"dmarc=fail")

    def test_a_hash_that_an_administrator_lists_is_refused_until_it_is_taken_off(self):
        content = PDF + b"listed"
        name = hashlib.sha256(content).hexdigest()

        def code() -> int:
            return self.arrive("hash", ("list.pdf", content)).code
        self.assertEqual(code(), 250)
        self.list_hashes("add", name, "--why", "seen in May")
        wait_until(lambda: code() == 550, 20, "a file that is refused")
        reply = self.arrive("renamed", ("other.txt", content))
        self.assertRegex(reply.text, r"^5\.7\.1 The attachment \"other\.txt\" is of a kind")
        self.assertEqual(self.arrive("another", ("list.pdf", content + b"x")).code, 250)
        self.list_hashes("remove", name)
        wait_until(lambda: code() == 250, 20, "a file that is accepted again")

    def test_a_file_from_many_senders_is_an_event_and_a_rule_acts_on_it(self):
        content = PDF + b"spreading"
        networks = iter(range(2, 60))

        def arrive():
            i = next(networks)
            reply = self.arrive(f"outbreak-{i}", ("plan.pdf", content),
                                sender=f"carol@sender{i}.test", client=Client(f"192.0.{i}.1"))
            self.assertTrue(reply.accepted, reply)
            return reply
        for _ in range(2):
            self.assertNotIn(arrive().queue_id, self.on_hold())
        # A sighting that Redis is too busy to take at once is counted without being told.
        reply = wait_until(lambda: (one := arrive()).queue_id in self.on_hold() and one, 60,
                           "a message on hold")
        text = self.quarantine("show", self.held(reply))
        self.assertRegex(text, r"  spreading +plan\.pdf +.*property=outbreak")
        event = wait_until(lambda: self.events(hashlib.sha256(content).hexdigest()), 10, "an event")
        self.assertEqual(len(event), 1)
        self.assertRegex(event[0], r"came from \d senders at once")

    def test_mail_is_lost_by_a_rule_that_an_option_allows(self):
        reply = self.arrive("lost", ("a.lost", b"lost"))
        self.assertTrue(reply.accepted, reply)
        self.explain(reply.queue_id, r"gatepost-attachments on \S+: discard")
        self.explain(reply.queue_id, r"lost +discard +a\.lost")
        self.assertTrue(self.arrive("after-it", ("a.pdf", PDF + b"after")).accepted)
        self.await_once(ALICE, "after-it")
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: lost\r\n"), [])
        self.assertNotIn(reply.queue_id, self.queues())

    def list_hashes(self, *words: str):
        done = self.quarantine.run("hashes", *words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def events(self, subject: str) -> list[str]:
        """What the outbreak's events say."""
        return [event["text"] for event in map(dict, stream(self.stack, "gp:feed:{events}"))
                if (event["kind"], event["subject"]) == ("attachment_outbreak", subject)]


if __name__ == "__main__":
    main()
