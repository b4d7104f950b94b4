"""gatepost-attachments with a real clamd, and while clamd, the scanner or Redis is away."""

import base64
import io
import os
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from held_attachments import ALICE, BOB, HeldTest, letter  # noqa: E402
from mail_stack import binary, main, skip, wait_until  # noqa: E402

CLAMD = "/usr/sbin/clamd"
# Assembled, so that no scanner takes this file for one that holds it.
EICAR = "".join(("X5O!P%@AP[4\\PZX54(P^)", "7CC)7}$EIC", "AR-STANDARD-ANTIVI",
                 "RUS-TEST-FILE!$H+H*")).encode()
PLAN = ("plan.bobs", b"%PDF-1.4\n")
RULES = """\
malware    enforce  refuse      property=malware  class=dangerous -- An attachment holds malware.
programs   enforce  refuse      kind=executable   class=dangerous
drawings   enforce  quarantine  extension=bobs    class=policy
"""
PE = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + b"\x4c\x01" + bytes(240)


def packed(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


class AttachmentsTest(HeldTest):
    rules = RULES

    def assert_deferred(self, reply):
        self.assertEqual((reply.stage, reply.code), ("DATA", 451), reply)
        self.assertRegex(reply.text, r"^4\.[37]\.\d ")
        for secret in (self.stack.folder, "scanner", "clamd"):
            self.assertNotIn(secret, reply.text)


class Malware(AttachmentsTest):
    options = '[malware]\nclamd = "unix:{folder}/clamd.ctl"\n'

    @classmethod
    def start_programs(cls):
        if not os.access(CLAMD, os.X_OK):
            skip("clamav-daemon is not installed")
        folder = cls.stack.folder
        cls.stack.write("database/test.ndb", f"Gatepost.Test:0:*:{EICAR.hex()}\n")
        cls.settings = cls.stack.write(
            "clamd.conf", f"Foreground yes\nLocalSocket {folder}/clamd.ctl\n"
                          f"DatabaseDirectory {folder}/database\nTemporaryDirectory {folder}\n")
        super().start_programs()

    def setUp(self):
        self.clamd = self.stack.run("clamd", [CLAMD, f"--config-file={self.settings}"],
                                    f"unix:{self.stack.folder}/clamd.ctl")
        self.addCleanup(self.clamd.kill)

    def test_what_clamd_knows_is_refused_and_all_else_arrives(self):
        reply = self.deliver("eicar", ("notes.txt", EICAR))
        self.assertEqual((reply.stage, reply.code), ("DATA", 550))
        self.assertRegex(reply.text, r"^5\.7\.1 An attachment holds malware\.")
        self.assertNotIn("Gatepost.Test", reply.text)
        reply = self.deliver("packed-eicar", ("notes.zip", packed("a/notes.txt", EICAR)))
        self.assertEqual(reply.code, 550, reply)
        reply = self.deliver("harmless", ("notes.txt", b"harmless"))
        self.assertTrue(reply.accepted, reply)
        self.await_once(ALICE, "harmless")

    def test_a_message_without_a_header_is_looked_at_too(self):
        text = b"begin-base64 644 notes.txt\r\n" + base64.b64encode(EICAR) + b"\r\n====\r\n"
        reply = self.stack.deliver_from_outside(b"\r\n" + EICAR + b"\r\n" + text)
        self.assertEqual(reply.code, 550, reply)

    def test_without_clamd_mail_waits_and_what_rules_say_holds(self):
        self.clamd.stop()
        self.assert_deferred(self.deliver("unchecked", ("notes.txt", b"harmless")))
        self.assertEqual(self.deliver("refused", ("a.exe", PE)).code, 550)
        # Nobody knows what a recipient would release.
        queue_id = self.hold("unchecked-plan", PLAN)
        self.assertIn("administrators alone release it", self.quarantine("show", queue_id))
        self.setUp()
        # An absent clamd is not asked for a while.
        wait_until(lambda: self.deliver("checked", ("notes.txt", b"harmless")).accepted, 60,
                   "mail that is checked again")


class MalwareByOption(Malware):
    options = Malware.options + 'trouble = "pass"\n'

    def test_without_clamd_mail_waits_and_what_rules_say_holds(self):
        self.clamd.stop()
        reply = self.deliver("passed", ("notes.txt", b"harmless"))
        self.assertTrue(reply.accepted, reply)
        self.await_once(ALICE, "passed")
        self.explain(reply.queue_id, r"trouble +clamd: ")
        queue_id = self.hold("passed-plan", PLAN)
        self.assertIn("its recipients may release it, too", self.quarantine("show", queue_id))


class Scanner(AttachmentsTest):
    options = '[scanner]\nprogram = "{folder}/scanner"\n'
    archive = ("notes.zip", packed("a.txt", b"text"))

    @classmethod
    def start_programs(cls):
        cls.ill = cls.stack.write("ill", "")
        cls.stack.write("scanner", f'#!/bin/sh\n[ -e {cls.ill} ] && kill -SEGV $$\n'
                                   f'exec {binary("gatepost-attachment-scanner")} "$@"\n', 0o755)
        super().start_programs()

    def setUp(self):
        self.stack.write("ill", "")

    def heal(self):
        os.remove(self.ill)

    def test_a_scanner_that_dies_costs_its_message_a_451_and_the_next_one_nothing(self):
        self.assert_deferred(self.deliver("died", self.archive))
        self.assertTrue(self.deliver("plain", ("a.txt", b"text")).accepted)  # needs no scanner
        self.assertEqual(self.deliver("refused", self.archive, ("a.exe", PE)).code, 550)
        self.heal()
        self.assertTrue(self.deliver("next", self.archive).accepted)
        self.await_once(ALICE, "next")
        self.assertEqual(self.deliver("inside", ("a.zip", packed("a.exe", PE))).code, 550)

    def test_one_that_is_killed_while_it_waits_costs_nothing(self):
        self.heal()
        self.assertTrue(self.deliver("before", self.archive).accepted)
        for pid in self.scanners():
            os.kill(pid, 9)
        self.assertTrue(self.deliver("after", self.archive).accepted)

    def scanners(self) -> list[int]:
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with open(f"/proc/{pid}/stat", "rb") as file:
                if int(file.read().rpartition(b")")[2].split()[1]) == self.program.pid:
                    found.append(int(pid))
        self.assertTrue(found)
        return found


class ScannerHolds(Scanner):
    options = Scanner.options + '[look]\ntrouble = "hold"\n[notices]\nabout = "policy"\n' \
                                'server = "{address}:25"\n'

    def test_a_scanner_that_dies_costs_its_message_a_451_and_the_next_one_nothing(self):
        queue_id = self.hold("held", self.archive)
        text = self.quarantine("show", queue_id)
        self.assertRegex(text, r"  trouble +the message +the scanner died")
        self.assertIn("administrators alone release it", text)
        self.quarantine("release", queue_id)
        self.await_once(ALICE, "held")
        self.assertEqual(self.stack.mailbox(ALICE, b"was held back"), [])


class Redis(AttachmentsTest):

    def test_mail_is_judged_without_redis_and_what_is_held_is_on_the_list_when_it_is_back(self):
        self.stack.redis.daemon.kill()
        self.assertEqual(self.deliver("refused", ("a.exe", PE)).code, 550)
        self.assertTrue(self.deliver("plain", ("a.txt", b"text")).accepted)
        reply = self.deliver("away", PLAN, to=(ALICE, BOB))
        self.assertTrue(reply.accepted, reply)
        wait_until(lambda: self.queues().get(reply.queue_id) == "hold", 20, "the message on hold")
        self.await_once(ALICE, "plain")
        self.stack.redis.start()
        self.stack.redis.await_ready()
        wait_until(lambda: reply.queue_id in self.quarantine.run("quarantine", "list").stdout, 60,
                   "the message on the list")
        self.assertRegex(self.quarantine("show", reply.queue_id), "  drawings +plan.bobs ")
        self.quarantine("release", reply.queue_id)
        self.await_once(BOB, "away")


if __name__ == "__main__":
    main()
