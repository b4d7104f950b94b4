"""The quarantine with a real Postfix: what a milter held is listed, shown, released, deleted.

A message that postsuper -H releases is not seen by any milter again. A copy for one recipient is a
new message of sendmail(1): non_smtpd_milters see it, and the one that held the message knows the copy
by its pass.
"""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from mail_stack import Milters, StackTest, binary, main, wait_until  # noqa: E402
from quarantine import Quarantine, release_code, site_with_quarantine  # noqa: E402
from stack.privileged import ask, socket_path, start_privileged  # noqa: E402
from stack.site import site_file  # noqa: E402

ALICE, BOB = "alice@example.test", "bob@example.test"
HELD = "held@remote.test"
# In Postfix's chroot.
SOCKET = "milter.sock"
HOUR = 3600
DAY = 24 * HOUR


def message(subject: str, sender: str = HELD) -> bytes:
    """The test milter holds it, by whatever way it comes."""
    return (f"From: {sender}\r\nTo: {ALICE}, {BOB}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{subject}@remote.test>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
            "X-Do: quarantine for what it holds\r\n"
            f"X-Long: {'x' * 900}\r\n\r\n"
            "Hello\r\n.dot\r\nFrom here\r\nbytes \xe4\xf6\xfc\r\n").encode("latin-1")


class QuarantineTest(StackTest):
    stack_options = {"milters": Milters(incoming=[f"unix:/{SOCKET}"])}

    @classmethod
    def start_programs(cls):
        path = f"{cls.stack.postfix.queue}/{SOCKET}"
        cls.stack.run("gatepost-test-milter", [binary("gatepost-test-milter"), path], f"unix:{path}")
        os.chmod(path, 0o666)
        cls.privileged = start_privileged(cls.stack, binary("gatepost-privileged"))
        cls.quarantine = Quarantine(cls.stack, site_with_quarantine(cls.stack))

    def queues(self) -> dict[str, str]:
        entries = [json.loads(line) for line in self.stack.postfix.queued()]
        return {entry["queue_id"]: entry["queue_name"] for entry in entries}

    def hold(self, subject: str, *recipients: str, sender: str = HELD, **known) -> str:
        """The queue id of a message that was put on hold, and stands on the list."""
        to = list(recipients or [ALICE])
        reply = self.stack.deliver_from_outside(message(subject), to=to, mail_from=sender)
        self.assertTrue(reply.accepted, reply)
        wait_until(lambda: self.queues().get(reply.queue_id) == "hold", 20, "the message on hold")
        self.since = self.quarantine.add(reply.queue_id, to, subject, **known)
        return reply.queue_id

    def await_once(self, user: str, subject: str) -> bytes:
        """It arrived, once."""
        text = f"Subject: {subject}\r\n".encode()
        mail = self.stack.await_mail(user, text)
        self.assertEqual(len(self.stack.mailbox(user, text)), 1)
        return mail

    def content(self, queue_id: str) -> bytes:
        """The message as it lies in the queue, with mail's line ends."""
        argv = ["/usr/sbin/postcat", "-c", self.stack.postfix.config, "-bh", "-q", queue_id]
        done = subprocess.run(argv, capture_output=True, check=True, timeout=20)
        return done.stdout.replace(b"\n", b"\r\n")


class ByAdministrators(QuarantineTest):

    def test_what_is_held_is_listed_and_shown(self):
        one = self.hold("listed", ALICE, BOB)
        other = self.hold("=?utf-8?q?Caf=C3=A9?=", BOB, dangerous=True)
        text = self.quarantine("list")
        self.assertRegex(text, rf"{one} +mail.example.test +\S+ \S+ +policy +held +{HELD} +"
                               rf"{ALICE} and 1 more +macros +listed\n")
        self.assertRegex(text, rf"{other} .* dangerous +held  .*  macros +Café\n")
        text = self.quarantine("list", "--recipient", ALICE)
        self.assertIn(one, text)
        self.assertNotIn(other, text)
        text = self.quarantine("show", other)
        self.assertRegex(text, rf"Queue id +{other} on mail.example.test\n")
        self.assertIn("administrators alone release it", text)
        self.assertIn("  macros  order.docm  type=ooxml property=macro\n", text)
        self.assertIn("  order.docm  ooxml  12345 bytes\n", text)
        self.assertIn("Nothing is held", self.quarantine("list", "--host", "other.test", status=1))

    def test_a_released_message_is_delivered_and_no_milter_sees_it_again(self):
        queue_id = self.hold("released", ALICE, BOB)
        content = self.content(queue_id)
        self.assertEqual(self.quarantine("release", queue_id), f"{queue_id} was released.\n")
        for user in (ALICE, BOB):
            self.assertTrue(self.await_once(user, "released").endswith(content))
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")
        self.assertRegex(self.quarantine("show", queue_id), r"State +released \S+ \S+ by eva\n")
        self.assertIn("is released since", self.quarantine("release", queue_id, status=1))
        explained = self.quarantine.run("explain", queue_id).stdout
        self.assertRegex(explained, r"gatepost on mail.example.test: released")
        self.assertRegex(explained, r"quarantine +released +by eva\n")

    def test_a_dangerous_message_is_released_by_an_administrator(self):
        queue_id = self.hold("dangerous", dangerous=True)
        self.quarantine("release", queue_id)
        self.await_once(ALICE, "dangerous")

    def test_a_message_is_released_to_each_of_its_recipients_alone(self):
        queue_id = self.hold("partly", ALICE, BOB)
        content = self.content(queue_id)
        self.assertEqual(self.quarantine("release", queue_id, "--recipient", BOB),
                         f"{queue_id} was released to {BOB}.\n")
        copy = self.await_once(BOB, "partly")
        before, header, after = copy.partition(b"X-Gatepost-Release: ")
        self.assertTrue(header)
        self.assertIn(f"Return-Path: <{HELD}>".encode(), before)
        self.assertEqual(after.partition(b"\r\n")[2], content)
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: partly\r\n"), [])
        self.assertEqual(self.queues().get(queue_id), "hold")
        self.assertRegex(self.quarantine("show", queue_id), rf"  {BOB} +released \S+ \S+ by eva\n")
        self.assertIn("has had it already",
                      self.quarantine("release", queue_id, "--recipient", BOB, status=64))

        self.quarantine("release", queue_id)  # to who has not had it
        self.await_once(ALICE, "partly")
        self.await_once(BOB, "partly")
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")
        self.assertIn(queue_id, self.quarantine("list", "--state", "released"))
        self.assertRegex(self.quarantine.run("explain", queue_id).stdout,
                         rf"quarantine +released +to {BOB} by eva\n")
        for line in self.privileged.log.lines("release-to"):
            self.assertNotIn("v1:", line)

    def test_a_copy_keeps_the_null_sender_and_odd_addresses(self):
        for sender in ("", '"a b"@remote.test'):
            subject = f"odd-{len(sender)}"
            queue_id = self.hold(subject, ALICE, BOB, sender=sender)
            self.quarantine("release", queue_id, "--recipient", ALICE)
            self.assertIn(f"Return-Path: <{sender}>".encode(), self.await_once(ALICE, subject))

    def test_nobody_else_gets_a_copy(self):
        queue_id = self.hold("strangers", ALICE)
        self.assertIn("not for this recipient",
                      self.quarantine("release", queue_id, "--recipient", BOB, status=1))
        path = socket_path(self.stack)
        self.assertEqual(ask(path, f"release-to {queue_id} {BOB} v1"),
                         "error the message has no such recipient")
        self.assertEqual(ask(path, f"release-to 0123ABCDEF {BOB} v1"),
                         "error there is no such message")
        self.assertEqual(self.queues().get(queue_id), "hold")
        self.assertEqual(self.stack.mailbox(BOB, b"Subject: strangers\r\n"), [])

    def test_a_deleted_message_reaches_nobody(self):
        queue_id = self.hold("deleted")
        self.assertEqual(self.quarantine("delete", queue_id), f"{queue_id} was deleted.\n")
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")
        self.assertIn("is deleted since", self.quarantine("release", queue_id, status=1))
        self.assertRegex(self.quarantine.run("explain", queue_id).stdout,
                         r"gatepost on mail.example.test: deleted")

    def test_what_left_the_queue_by_another_way_leaves_the_list(self):
        old, fresh = self.hold("old", age=HOUR), self.hold("fresh")
        for queue_id in (old, fresh):
            self.assertEqual(ask(socket_path(self.stack), f"held {queue_id}"), "ok")
            self.assertEqual(ask(socket_path(self.stack), f"delete {queue_id}"), "ok")
            self.assertEqual(ask(socket_path(self.stack), f"held {queue_id}"),
                             "error there is no such message")
        text = self.quarantine("list", "--state", "all")
        self.assertRegex(text, rf"{old} .* policy +gone \S+ \S+  ")
        self.assertRegex(text, rf"{fresh} .* policy +held  ")  # perhaps it is not there yet
        self.assertIn("not on hold", self.quarantine("release", fresh, status=1))

    def test_a_message_of_another_host_is_named_with_its_host(self):
        self.quarantine.add("0123ABCDEF", [ALICE], "elsewhere", host="mx2.example.test")
        self.assertRegex(self.quarantine("list"), r"0123ABCDEF  mx2.example.test  ")
        for verb in ("release", "delete"):
            self.assertIn("in the queue of mx2.example.test: call this command there",
                          self.quarantine(verb, "0123ABCDEF", status=1))

    def test_what_the_list_has_lost_is_told(self):
        self.stack.redis.command("HSET", "gp:admin:{quarantine%20mx3.example.test}", "!forgotten",
                                 f"12 {int(time.time() * 1000)}")
        text = self.quarantine("list", "--host", "mx3.example.test", status=1)
        self.assertRegex(text, r"Nothing is held\.\n12 older messages of mx3\.example\.test are not "
                               r"described any more, the last since \S+ \S+: \"postqueue -p\" there")

    def test_what_nobody_knows(self):
        self.assertIn("No message 0123456789 is known", self.quarantine("show", "0123456789", status=1))
        self.quarantine("release", "0123456789", status=1)
        self.quarantine("empty", status=64)
        self.quarantine("show", status=64)


class ByCodes(QuarantineTest):

    def setUp(self):
        self.stack.redis.command("DEL", "gp:releasetries:{admin%20eva}")

    def code(self, queue_id: str, recipient: str, host: str = "") -> str:
        return release_code(host or self.stack.hostname, queue_id, recipient, self.since)

    def refused(self, code: str):
        self.assertEqual(self.quarantine("release", "--code", code, status=1),
                         "This code is wrong, was used, or has expired.\n")

    def test_a_code_releases_to_its_recipient_alone_and_works_once(self):
        queue_id = self.hold("coded", ALICE, BOB)
        code = self.code(queue_id, BOB)
        self.assertEqual(self.quarantine("release", "--code", code.lower()),
                         f"{queue_id} was released to {BOB}.\n")
        self.await_once(BOB, "coded")
        self.refused(code)
        self.assertRegex(self.quarantine.run("explain", queue_id).stdout,
                         rf"released +to {BOB} by {BOB} by code\n")
        self.assertEqual(self.queues().get(queue_id), "hold")
        self.quarantine("release", "--code", self.code(queue_id, ALICE))
        self.await_once(ALICE, "coded")
        wait_until(lambda: queue_id not in self.queues(), 20, "the end of the delivery")

    def test_the_only_recipient_gets_the_message_as_it_is(self):
        queue_id = self.hold("only", BOB)
        content = self.content(queue_id)
        self.quarantine("release", "--code", self.code(queue_id, BOB))
        self.assertTrue(self.await_once(BOB, "only").endswith(content))
        self.refused(self.code(queue_id, BOB))

    def test_other_codes_release_nothing(self):
        queue_id = self.hold("wrong", ALICE)
        good = self.code(queue_id, ALICE)
        self.assertIn("its recipients may release it, too", self.quarantine("show", queue_id))
        for code in (self.code(queue_id, BOB), self.code("0123ABCDEF", ALICE), good[:-1],
                     good[:-1] + ("0" if good[-1] != "0" else "1"), "-"):
            self.refused(code)
        old = self.hold("expired", ALICE, age=8 * DAY)
        self.refused(self.code(old, ALICE))
        self.assertIn("administrators alone release it", self.quarantine("show", old))
        dangerous = self.hold("never", ALICE, dangerous=True)
        self.refused(self.code(dangerous, ALICE))
        self.assertEqual({self.queues().get(one) for one in (queue_id, old, dangerous)}, {"hold"})

    def test_who_guesses_is_stopped_for_a_while(self):
        queue_id = self.hold("guessed", ALICE)
        for _ in range(20):
            self.refused("AAAA-AAAA-AAAA-AAAA-AAAA")
        code = self.code(queue_id, ALICE)
        self.assertIn("too many tries", self.quarantine("release", "--code", code, status=75))
        self.stack.redis.command("DEL", "gp:releasetries:{admin%20eva}")
        self.quarantine("release", "--code", code)
        self.await_once(ALICE, "guessed")

    def test_a_code_works_again_where_nothing_was_released(self):
        queue_id = self.hold("again", ALICE)
        self.privileged.stop()
        self.quarantine("release", "--code", self.code(queue_id, ALICE), status=75)
        type(self).privileged = start_privileged(self.stack, binary("gatepost-privileged"))
        self.quarantine("release", "--code", self.code(queue_id, ALICE))
        self.await_once(ALICE, "again")

    def test_the_code_of_another_hosts_message_is_good_there(self):
        self.since = self.quarantine.add("0123ABCDEF", [ALICE], host="mx2.example.test")
        code = self.code("0123ABCDEF", ALICE, "mx2.example.test")
        for _ in range(2):
            self.assertIn("in the queue of mx2.example.test",
                          self.quarantine("release", "--code", code, status=1))


class WithoutSecret(QuarantineTest):

    def test_mail_is_released_as_a_whole_alone(self):
        site = site_file(self.stack) + ('[quarantine]\n'
                                        f'privileged_socket = "{socket_path(self.stack)}"\n')
        without = Quarantine(self.stack, site)
        queue_id = self.hold("without", ALICE, BOB)
        self.assertIn("policy: administrators alone release it", without("show", queue_id))
        self.assertIn("quarantine.secret_file",
                      without("release", queue_id, "--recipient", BOB, status=64))
        self.assertIn("quarantine.secret_file", without("release", "--code", "x", status=78))
        self.assertEqual(self.queues().get(queue_id), "hold")
        without("release", queue_id)
        self.await_once(BOB, "without")

    def test_a_root_process_that_is_away_changes_nothing(self):
        queue_id = self.hold("away", age=HOUR)
        self.privileged.stop()
        self.quarantine("release", queue_id, status=75)
        self.assertIn("cannot be asked", self.quarantine("list"))
        type(self).privileged = start_privileged(self.stack, binary("gatepost-privileged"))
        self.quarantine("release", queue_id)
        self.await_once(ALICE, "away")


class CopiesAreSeenByMilters(QuarantineTest):
    stack_options = {"milters": Milters(incoming=[f"unix:/{SOCKET}"], outgoing=[f"unix:/{SOCKET}"])}

    def test_a_copy_that_no_milter_knows_is_held_again_and_a_released_message_is_not(self):
        queue_id = self.hold("again", ALICE, BOB)
        self.quarantine("release", queue_id, "--recipient", ALICE)
        wait_until(lambda: list(self.queues().values()).count("hold") == 2, 20, "the copy on hold")
        self.assertEqual(self.stack.mailbox(ALICE, b"Subject: again\r\n"), [])
        whole = self.hold("whole", ALICE)
        self.quarantine("release", whole)
        self.await_once(ALICE, "whole")


if __name__ == "__main__":
    main()
