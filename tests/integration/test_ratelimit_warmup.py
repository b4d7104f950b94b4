"""A new sending address with a real Postfix: what is over the day's allowance waits in the hold
queue, leaves as soon as there is room, and nothing is lost on the way."""

import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from gatepost_ratelimit import PORT, PROGRAM, Options, start_ratelimit  # noqa: E402
from mail_stack import Milters, StackTest, binary, main, wait_until  # noqa: E402
from stack.privileged import socket_path, start_privileged  # noqa: E402
from stack.site import site_file  # noqa: E402

APP, ALICE = "app@example.test", "alice@example.test"
# Before its start an address has the allowance of its first day, whatever day it is today.
TABLE = """\
source    news  address 192.0.2.10  start 2099-01-01  curve {first} x2 1000
route     news  user {app}
provider  {provider}  domain {provider}.test
provider  {provider}  mx *.{provider}.test
provider  elsewhere  domain elsewhere.test
"""


def message(subject: str) -> bytes:
    return (f"From: {APP}\r\nTo: carol@remote.test\r\nSubject: {subject}\r\n"
            f"Message-ID: <{subject}@example.test>\r\n\r\nHello\r\n").encode()


class WarmUpTest(StackTest):
    stack_options = {"milters": Milters(outgoing=[f"inet:{{address}}:{PORT}"]),
                     "users": {APP: "letters", ALICE: "wonderland"}}

    @classmethod
    def start_programs(cls):
        cls.cli = binary("gatepost")
        cls.privileged = start_privileged(cls.stack, binary("gatepost-privileged"))
        cls.table = cls.stack.write("warmup.table", "")
        cls.start_program()
        cls.site = cls.stack.write("cli/gatepost.toml", site_file(cls.stack))

    @classmethod
    def start_program(cls):
        cls.program = start_ratelimit(cls.stack, binary(PROGRAM), Options(sections={
            "limits": {"limits": ["100000 messages / day by user"]},
            "warmup": {"table": cls.table},
            "response": {"privileged_socket": socket_path(cls.stack)}}))

    def use(self, first: int, provider: str):
        """So many messages a day to `provider`.test, from the reload on; 0: no warm-up."""
        before = len(self.program.log.lines("reloaded"))
        self.stack.write("warmup.table", TABLE.format(first=first, app=APP, provider=provider)
                         if first else "")
        self.program.signal(signal.SIGHUP)
        wait_until(lambda: len(self.program.log.lines("reloaded")) > before, 20, "the reload")

    def tearDown(self):
        """Nothing waits for the next test."""
        self.use(0, "")
        self.await_held()

    def command(self, *words: str) -> str:
        return subprocess.run([self.cli, "--site", self.site, *words], capture_output=True,
                              text=True, timeout=30).stdout

    def send(self, subject: str, *recipients: str) -> str:
        """The queue id of a message that was accepted."""
        reply = self.stack.submit(APP, message(subject), to=recipients)
        self.assertTrue(reply.accepted, reply)
        return reply.queue_id

    def queues(self) -> dict[str, str]:
        entries = [json.loads(line) for line in self.stack.postfix.queued()]
        return {entry["queue_id"]: entry["queue_name"] for entry in entries}

    def await_held(self, *queue_ids: str):
        """These and no others are on hold."""
        wait_until(lambda: {i for i, queue in self.queues().items() if queue == "hold"}
                   == set(queue_ids), 20, f"on hold: {queue_ids}")

    def await_outside(self, *subjects: str):
        """Each of them arrived once."""
        for subject in subjects:
            self.stack.outside.await_mail(f"Subject: {subject}\r\n".encode())
        for subject in subjects:
            self.assertEqual(len(self.stack.outside.messages(f"Subject: {subject}\r\n".encode())), 1)

    def await_shown(self, pattern: str):
        """What the command line says of the warm-up."""
        def shown():
            text = self.command("warmup")
            return text if pattern in " ".join(text.split()) else ""
        try:
            wait_until(shown, 20, pattern)
        except TimeoutError as error:
            error.add_note(self.command("warmup"))
            raise


class WarmUp(WarmUpTest):

    def test_mail_over_the_allowance_waits_and_leaves_oldest_first(self):
        self.use(2, "first")
        ids = [self.send(f"first-{i}", f"r{i}@first.test") for i in range(6)]
        self.await_outside("first-0", "first-1")
        self.await_held(*ids[2:])
        self.await_shown("first begins 2099-01-01 2 of 2 used 4 held since")
        wait_until(lambda: re.search(r"gatepost-ratelimit on \S+: hold",
                                     self.command("explain", ids[2])), 20, "the record")

        self.use(4, "first")  # room for two more
        self.await_outside("first-2", "first-3")
        self.await_held(*ids[4:])
        self.await_shown("first begins 2099-01-01 4 of 4 used 2 held since")

        self.use(0, "first")  # the warm-up is over
        self.await_outside(*(f"first-{i}" for i in range(6)))
        self.await_held()
        self.await_shown("")
        wait_until(lambda: "No address is warmed up." in self.command("warmup"), 20, "the end")

    def test_mail_that_stays_on_the_site_and_other_providers_are_not_held(self):
        self.use(1, "second")
        self.send("second-0", "r0@second.test")
        held = self.send("second-1", "r1@second.test")
        self.await_held(held)
        for i in range(3):
            self.send(f"local-{i}", ALICE)
            self.stack.await_mail(ALICE, f"Subject: local-{i}\r\n".encode())
        self.send("elsewhere", "r@elsewhere.test")
        self.await_outside("second-0", "elsewhere")
        self.use(0, "second")
        self.await_outside("second-1")

    def test_a_provider_is_known_by_its_mail_servers(self):
        self.stack.dns.add("customer.test", "MX", "10 mx1.fifth.test.")
        self.use(500, "fifth")

        def is_known():
            """The first message asks; whose provider is not known yet is "other"."""
            self.send("asks", "r@customer.test")
            return not re.search(r" fifth .* 0 of 500 used", self.command("warmup"))
        wait_until(is_known, 20, "the answer")
        self.use(1, "fifth")
        self.await_held(self.send("fifth-0", "r0@customer.test"))
        self.await_shown("fifth begins 2099-01-01 1 of 1 used 1 held since")
        self.use(0, "fifth")
        self.await_outside("fifth-0")

    def test_a_restart_and_a_root_process_that_was_away_lose_nothing(self):
        self.use(1, "third")
        ids = [self.send(f"third-{i}", f"r{i}@third.test") for i in range(4)]
        self.await_held(*ids[1:])
        self.privileged.stop()
        type(self).privileged = None
        self.assertEqual(self.program.stop(), 0)
        self.stack.write("warmup.table", TABLE.format(first=3, app=APP, provider="third"))
        type(self).start_program()
        self.program.log.await_line("warmup_stuck")
        self.await_held(*ids[1:])
        self.await_shown("third begins 2099-01-01 1 of 3 used 3 held since")
        self.assertEqual(len(self.program.log.lines("warmup_stuck")), 1)
        type(self).privileged = start_privileged(self.stack, binary("gatepost-privileged"))
        self.assertEqual(self.program.stop(), 0)  # it would try again within a minute
        type(self).start_program()
        self.await_outside("third-0", "third-1", "third-2")
        self.await_held(ids[3])
        self.use(0, "third")
        self.await_outside("third-3")


class WithoutRedis(WarmUpTest):

    def test_what_is_held_while_redis_is_away_is_not_forgotten(self):
        self.use(1, "fourth")
        self.send("fourth-0", "r0@fourth.test")
        self.await_outside("fourth-0")
        self.stack.redis.daemon.kill()
        held = [self.send(f"fourth-{i}", f"r{i}@fourth.test") for i in range(1, 4)]
        self.await_held(*held)
        self.assertEqual(self.program.stop(), 0)
        type(self).start_program()  # from its own copy of the list
        self.stack.redis.start()  # empty: today's use begins anew
        self.stack.redis.await_ready()
        self.await_shown("fourth begins 2099-01-01 1 of 1 used 2 held since")
        self.await_held(*held[1:])
        self.use(0, "fourth")
        self.await_outside(*(f"fourth-{i}" for i in range(4)))
        self.await_held()


if __name__ == "__main__":
    main()
