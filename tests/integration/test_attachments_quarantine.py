"""What gatepost-attachments holds, with a real Postfix: listed, shown, released, told of, deleted."""

import email
import email.policy
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from held_attachments import (  # noqa: E402
    ALICE, BOB, CODE, MILTER, POSTMASTER, STRANGER, HeldTest, letter)
from mail_stack import Milters, binary, main, wait_until  # noqa: E402

PLAN = ("plan.bobs", b"%PDF-1.4\n")
EVIL = ("thing.evil", b"anything")
RULES = """\
watched    shadow   quarantine  extension=watch  class=policy
dangers    enforce  quarantine  extension=evil   class=dangerous
drawings   enforce  quarantine  extension=bobs   class=policy
"""
NOTICES = """\
[notices]
about = "policy"
from = "{postmaster}"
server = "{address}:25"
most_per_day = 1000
"""


class ByAdministrators(HeldTest):
    rules = RULES

    def test_what_is_held_is_listed_with_its_reason_and_shown(self):
        sent = letter("shown", PLAN, ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(99)),
                      Cc=BOB, Reply_To="other@remote.test")
        queue_id = self.held(self.stack.deliver_from_outside(sent, to=[ALICE, BOB]))
        self.assertRegex(self.quarantine("list"),
                         rf"{queue_id} +mail.example.test .* policy +held +{STRANGER} +"
                         rf"{ALICE} and 1 more +drawings +shown\n")
        text = self.quarantine("show", queue_id)
        for line in (r"Direction +in\n", rf"From +{STRANGER}\n", rf"To +{ALICE}\n",
                     rf"Cc +{BOB}\n", r"Reply-To +other@remote\.test\n",
                     r"Subject +shown\n", r"Message-ID +<shown@remote\.test>\n",
                     r"Date +Mon, 02 Nov 2026 10:00:00 \+0000\n", r"Client +127\.0\.0\.1\n",
                     r"its recipients may release it, too", r"  drawings +plan\.bobs +type=pdf",
                     r"  plan\.bobs +pdf +9 bytes\n", r"  photo\.png +png +107 bytes\n"):
            self.assertRegex(text, line)

    def test_a_released_message_is_delivered_as_it_came_and_the_record_says_by_whom(self):
        sent = letter("released", PLAN)
        queue_id = self.held(self.stack.deliver_from_outside(sent, to=[ALICE, BOB]))
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: released\r\n"), [])
        self.assertEqual(self.quarantine("release", queue_id), f"{queue_id} was released.\n")
        for user in (ALICE, BOB):
            self.assertIn(sent.partition(b"\r\n\r\n")[2].rstrip(), self.await_once(user, "released"))
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")
        self.explain(queue_id, r"quarantine +released +by eva\n")
        text = self.explain(queue_id, r"gatepost-attachments on mail\.example\.test: hold")
        self.assertRegex(text, r"drawings +quarantine +plan\.bobs: type=pdf")

    def test_a_deleted_message_reaches_nobody(self):
        queue_id = self.hold("deleted", PLAN)
        self.assertEqual(self.quarantine("delete", queue_id), f"{queue_id} was deleted.\n")
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")
        self.assertIn("is deleted since", self.quarantine("release", queue_id, status=1))
        self.explain(queue_id, "gatepost on mail.example.test: deleted")
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: deleted\r\n"), [])

    def test_an_administrator_has_a_copy_sent_to_one_recipient(self):
        queue_id = self.hold("partly", EVIL, to=(ALICE, BOB))
        self.quarantine("release", queue_id, "--recipient", BOB)
        self.assertNotIn(b"X-Gatepost-Release", self.await_once(BOB, "partly"))
        self.assertEqual(self.queues().get(queue_id), "hold")
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: partly\r\n"), [])

    def test_shadow_rules_hold_nothing(self):
        reply = self.deliver("shadow", ("a.watch", b"one"))
        self.assertTrue(reply.accepted, reply)
        self.await_once(ALICE, "shadow")
        self.explain(reply.queue_id, r"watched +quarantine .*shadow")
        self.assertNotIn(reply.queue_id, self.quarantine.run("quarantine", "list").stdout)

    def test_it_does_not_matter_how_a_message_comes(self):
        chunked = self.deliver("chunked", PLAN, chunk_bytes=100)
        self.assertIn("plan.bobs", self.quarantine("show", self.held(chunked)))
        submitted = self.stack.submit(ALICE, letter("submitted", PLAN, sender=ALICE))
        text = self.quarantine("show", self.held(submitted))
        self.assertRegex(text, r"Direction +out\n")
        self.assertRegex(text, rf"User +{ALICE}\n")
        self.stack.sendmail(letter("by-sendmail", PLAN, sender=ALICE))
        line = wait_until(lambda: [one for one in self.quarantine("list").splitlines()
                                   if one.endswith("by-sendmail")], 20, "the message on the list")[0]
        self.assertRegex(self.quarantine("show", line.split()[0]), r"Direction +out\n")
        self.quarantine("release", line.split()[0])
        self.stack.outside.await_mail(b"Subject: by-sendmail\r")

    def test_a_strangers_pass_opens_nothing_and_is_taken_out(self):
        forged = b"X-Gatepost-Release: v1:4000000000:0123:mail.example.test:00\r\n"
        queue_id = self.held(self.stack.deliver_from_outside(forged + letter("forged", PLAN)))
        self.quarantine("release", queue_id)
        self.assertNotIn(b"X-Gatepost-Release", self.await_once(ALICE, "forged"))


class ByCodes(HeldTest):
    rules = RULES
    options = NOTICES

    def setUp(self):
        self.stack.redis.command("DEL", "gp:releasetries:{admin%20eva}")

    def code(self, user: str, subject: str) -> str:
        return CODE.search(self.await_notice(user, subject).get_content())[0]

    def test_the_notice_says_what_a_recipient_needs_and_no_more(self):
        queue_id = self.hold("told", PLAN)
        notice = self.await_notice(ALICE, "told")
        text = notice.get_content().replace("\r\n", "\n")
        self.assertEqual((notice["From"], notice["To"]), (POSTMASTER, ALICE))
        self.assertRegex(text, rf"Says it is from: {STRANGER}\n")
        self.assertRegex(text, r"Attached: +plan\.bobs\n")
        self.assertRegex(text, CODE)
        self.assertIn(f"send this code to {POSTMASTER}", text)
        for secret in ("drawings", "mail.example.test", queue_id, self.stack.folder, "/", "127.0"):
            self.assertNotIn(secret, text)

    def test_a_code_delivers_to_its_recipient_alone_and_works_once(self):
        queue_id = self.hold("coded", PLAN, to=(ALICE, BOB))
        codes = {user: self.code(user, "coded") for user in (ALICE, BOB)}
        self.assertNotEqual(codes[ALICE], codes[BOB])
        self.assertEqual(self.quarantine("release", "--code", codes[BOB]),
                         f"{queue_id} was released to {BOB}.\n")
        copy = self.await_once(BOB, "coded")
        self.assertNotIn(b"X-Gatepost", copy)
        self.assertEqual(email.message_from_bytes(copy, policy=email.policy.default)
                         .get_payload(1).get_content(), PLAN[1])
        self.program.log.await_line(r"judged .*verdict=released")
        self.assertEqual(self.queues().get(queue_id), "hold")
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: coded\r\n"), [])
        self.assertIn("wrong, was used, or has expired",
                      self.quarantine("release", "--code", codes[BOB], status=1))
        self.explain(queue_id, rf"released +to {BOB} by {BOB} by code\n")
        self.quarantine("release", "--code", codes[ALICE].lower())
        self.await_once(ALICE, "coded")
        self.await_once(BOB, "coded")
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")

    def test_wrong_codes_release_nothing(self):
        queue_id = self.hold("wrong", PLAN)
        code = self.code(ALICE, "wrong")
        for wrong in (code[:-1] + ("0" if code[-1] != "0" else "1"), code[:-1], "x"):
            self.assertIn("wrong, was used, or has expired",
                          self.quarantine("release", "--code", wrong, status=1))
        self.assertEqual(self.queues().get(queue_id), "hold")

    def test_dangerous_mail_has_no_code_and_no_notice(self):
        queue_id = self.hold("dangerous", EVIL, PLAN)
        self.assertIn("administrators alone release it", self.quarantine("show", queue_id))
        self.hold("after-it", PLAN)
        self.await_notice(ALICE, "after-it")  # notices are sent in turn
        self.assertEqual(self.notices(ALICE, "dangerous"), [])

    def test_bounces_lists_answers_and_own_mail_are_not_told_of(self):
        self.hold("bounce", PLAN, mail_from="")
        for subject, field in (("answer", {"Auto_Submitted": "auto-replied"}),
                               ("list", {"List_Id": "<list.remote.test>"})):
            self.held(self.stack.deliver_from_outside(letter(subject, PLAN, **field)))
        self.held(self.stack.submit(ALICE, letter("own", PLAN, sender=ALICE), to=[BOB]))
        self.hold("after-them", PLAN, to=(ALICE, BOB))
        self.await_notice(ALICE, "after-them")
        self.await_notice(BOB, "after-them")
        for user in (ALICE, BOB):
            for subject in ("bounce", "answer", "list", "own"):
                self.assertEqual(self.notices(user, subject), [])

    def test_the_sender_hears_nothing(self):
        self.hold("sender", PLAN, mail_from=BOB)
        self.await_notice(ALICE, "sender")
        self.assertEqual(self.notices(BOB, "sender"), [])
        self.assertEqual(self.stack.outside.messages(b"held back"), [])


class BeforeAnother(HeldTest):
    """A milter behind it has copies wait."""

    stack_options = {"milters": Milters(incoming=[MILTER], outgoing=[MILTER, "unix:/later.sock"])}
    rules = RULES

    @classmethod
    def start_programs(cls):
        super().start_programs()
        path = f"{cls.stack.postfix.queue}/later.sock"
        cls.stack.run("gatepost-test-milter", [binary("gatepost-test-milter"), path],
                      f"unix:{path}")
        os.chmod(path, 0o666)

    def waiting(self) -> list[str]:
        return [queue_id for queue_id, queue in self.queues().items() if queue == "maildrop"]

    def print(self, queue_id: str) -> bytes:
        argv = ["/usr/sbin/postcat", f"{self.stack.postfix.queue}/maildrop/{queue_id}"]
        return subprocess.run(argv, capture_output=True, check=True, timeout=20).stdout

    def test_copies_that_wait_stay_released_and_nothing_is_deleted_before_they_are_accepted(self):
        leave = f"{self.stack.folder}/leave"
        queue_id = self.held(self.stack.deliver_from_outside(
            letter("waits", PLAN, X_Do=f"tempfail-without {leave}"), to=[ALICE, BOB]))
        self.quarantine("release", queue_id, "--recipient", BOB)
        text = self.quarantine("release", queue_id)
        self.assertIn("Postfix has not accepted every copy yet", text)
        self.program.log.await_line(r"judged .*verdict=released")
        self.assertIn(queue_id, self.quarantine("list"))
        self.assertEqual(self.queues().get(queue_id), "hold")
        passes = [re.search(rb"X-Gatepost-Release: (\S+)", self.print(one))[1]
                  for one in self.waiting()]
        self.assertEqual(len(passes), 2)

        self.stack.write("leave", "")
        # What sendmail leaves has Postfix look at all that waits.
        stolen = b"".join(b"X-Gatepost-Release: " + one + b"\r\n" for one in passes[:1])
        for user in (ALICE, BOB):
            self.stack.sendmail(stolen + letter("stolen", PLAN), to=[user])
        for user in (ALICE, BOB):
            self.assertNotIn(b"X-Gatepost-Release", self.await_once(user, "waits"))
        wait_until(lambda: list(self.queues().values()).count("hold") == 3, 20, "the others on hold")
        self.assertEqual(self.waiting(), [])
        self.quarantine("list")
        self.assertNotIn(queue_id, self.queues())
        self.assertRegex(self.quarantine("show", queue_id), r"State +released \S+ \S+ by eva\n")
        self.explain(queue_id, r"released +to each of its recipients by eva\n")
        for user in (ALICE, BOB):
            self.assertEqual(self.stack.mailbox(user, b"Subject: stolen\r\n"), [])


class Throttled(HeldTest):
    rules = RULES
    options = NOTICES.replace("1000", "2")

    def test_a_recipient_is_told_so_often_a_day(self):
        for subject in ("one", "two", "three"):
            self.hold(subject, PLAN)
        self.hold("for-bob", PLAN, to=(BOB,))
        self.await_notice(BOB, "for-bob")
        self.assertEqual([len(self.notices(ALICE, one)) for one in ("one", "two", "three")],
                         [1, 1, 0])


if __name__ == "__main__":
    main()
