"""gatepost-ratelimit behind a real Postfix with SASL logins: what users are told, what passes, and
what the command line changes while it runs."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from gatepost_ratelimit import PORT, PROGRAM, Options, start_ratelimit  # noqa: E402
from mail_stack import Log, Milters, StackTest, binary, main, wait_until  # noqa: E402
from stack.site import site_file  # noqa: E402

ALICE, BOB, TIM, NEWS = ("alice@example.test", "bob@example.test", "tim@sub.example.test",
                         "news@example.test")
LIMITS = (
    "4 messages / minute by user name=burst",
    "6 recipients / hour by user name=hourly",
    "9 messages / day by user name=daily",
    "1 messages / day by user name=strict mode=shadow",
)
TABLE = """\
user    news@example.test   hourly  1000
domain  sub.example.test    hourly  2
"""


def message(subject: str, sender: str) -> bytes:
    return (f"From: {sender}\r\nTo: carol@remote.test\r\nSubject: {subject}\r\n"
            f"Message-ID: <{subject}@example.test>\r\n\r\nHello\r\n").encode()


class Limits(StackTest):
    stack_options = {"milters": Milters(outgoing=[f"inet:{{address}}:{PORT}"],
                                        incoming=[f"inet:{{address}}:{PORT}"]),
                     "users": {ALICE: "wonderland", BOB: "builder", TIM: "tiny", NEWS: "letters"}}

    @classmethod
    def start_programs(cls):
        cls.cli = binary("gatepost")
        cls.program = start_ratelimit(
            cls.stack, binary(PROGRAM),
            Options(limits=LIMITS, table=TABLE, sections={
                "limits": {"contact": "postmaster@example.test"},
                "warning": {"percent": 50, "notice": True},
                "notices": {"server": f"{cls.stack.address}:25"}}))
        cls.site = cls.stack.write("cli/gatepost.toml", site_file(cls.stack))

    def tearDown(self):
        for user in self.stack.users:
            self.command("limits", "reset", user, status=None)

    def command(self, *words: str, status: int | None = 0) -> str:
        done = subprocess.run([self.cli, "--site", self.site, *words], capture_output=True, text=True,
                              timeout=30)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done.stdout

    def send(self, user: str, subject: str, to=("carol@remote.test",)):
        return self.stack.submit(user, message(subject, user), to=list(to))

    def assert_sends(self, user: str, subject: str, to=("carol@remote.test",)):
        reply = self.send(user, subject, to)
        self.assertTrue(reply.accepted, reply)
        return reply

    def test_a_user_is_told_the_limit_what_was_used_and_when_there_is_room(self):
        for i in range(4):
            self.assert_sends(ALICE, f"told-{i}")
        reply = self.send(ALICE, "told-4")
        self.assertEqual((reply.stage, reply.code), ("RCPT", 450))
        self.assertRegex(
            reply.text,
            r"^4\.7\.1 The limit of your account is reached: 4 messages a minute, 4 used\.\n"
            r"4\.7\.1 There is room again in \d+ seconds?, at \d\d:\d\d UTC\. "
            r"Questions: postmaster@example\.test\. \(reference \w+\)$")
        self.assert_sends(BOB, "another-user")

    def test_each_window_is_counted_by_itself(self):
        self.assert_sends(ALICE, "windows-0", [f"r{i}@remote.test" for i in range(5)])
        reply = self.stack.submit(ALICE, message("windows-1", ALICE),
                                  to=["one@remote.test", "two@remote.test"])
        # The recipient that does not fit is refused; the message goes to the other one.
        self.assertTrue(reply.accepted, reply)
        self.assertRegex(reply.refused["two@remote.test"], r"450 4\.7\.1 .*6 recipients an hour")

    def test_a_domain_has_a_default_for_each_of_its_mailboxes(self):
        self.assert_sends(TIM, "domain-0", ["one@remote.test", "two@remote.test"])
        self.assertRegex(self.send(TIM, "domain-1").text, "2 recipients an hour, 2 used")

    def test_what_postfix_refuses_is_given_back(self):
        for i in range(6):
            reply = self.stack.submit(
                ALICE, message(f"refused-{i}", ALICE) + b"x" * 100, to=["nobody@example.test"])
            self.assertEqual((reply.stage, reply.code), ("RCPT", 550))
        self.assert_sends(ALICE, "after-refusals")

    def test_an_override_holds_while_the_program_runs(self):
        for i in range(4):
            self.assert_sends(BOB, f"override-{i}")
        self.assertEqual(self.send(BOB, "over").code, 450)
        self.command("limits", "set", BOB, "burst", "100", "--until", "1h", "--why", "newsletter")
        wait_until(lambda: self.send(BOB, "override").accepted, 10, "the override")
        self.assertIn("newsletter", self.command("limits", "overrides"))
        self.command("limits", "unset", BOB, "burst")
        wait_until(lambda: self.send(BOB, "unset").code == 450, 10, "the end of the override")

    def test_a_raised_limit_lets_a_newsletter_pass(self):
        self.assert_sends(NEWS, "letter", [f"r{i}@remote.test" for i in range(100)])

    def test_shadow_counts_and_lets_pass(self):
        for i in range(3):
            self.assert_sends(ALICE, f"shadow-{i}")
        wait_until(lambda: re.search(r"strict .*would have refused [1-9]", self.command("limits")),
                   10, "the shadow limit's count")
        self.assertRegex(self.command("limits", "show", ALICE), r"burst +3 of 4")

    def test_one_place_explains_what_happened(self):
        reply = self.assert_sends(BOB, "explained")
        explained = wait_until(lambda: self.explain(reply.queue_id), 10, "the record")
        self.assertRegex(explained, r"gatepost-ratelimit on mx\d+\.example\.test: pass")
        self.assertRegex(explained, r"hourly +pass +user bob@example\.test: 1 of 6 recipients an hour")

    def test_a_refusal_is_explained_by_its_reference(self):
        for i in range(5):
            reply = self.send(BOB, f"reference-{i}")
        reference = re.search(r"\(reference (\w+)\)", reply.text).group(1)
        explained = wait_until(lambda: self.explain(reference), 10, "the record")
        self.assertRegex(explained, "burst +defer")

    def explain(self, name: str) -> str:
        done = subprocess.run([self.cli, "--site", self.site, "explain", name],
                              capture_output=True, text=True, timeout=30)
        return done.stdout if done.returncode == 0 else ""

    def test_a_suspended_account_sends_nothing_until_it_is_lifted(self):
        self.command("suspend", BOB, "--why", "phished")
        wait_until(lambda: self.send(BOB, "suspended").code == 550, 5, "the suspension")
        self.assertRegex(self.command("suspended"), r"bob@example\.test +suspended .*phished")
        self.assertRegex(self.send(BOB, "still-suspended").text, r"5\.7\.1 .*\(reference \w+\)")
        self.assert_sends(ALICE, "not-suspended")
        self.command("limits", "reset", BOB, status=None)
        self.command("resume", BOB)
        wait_until(lambda: self.send(BOB, "resumed").accepted, 5, "the end of the suspension")

    def test_the_nearest_to_a_limit_are_listed(self):
        for i in range(3):
            self.assert_sends(ALICE, f"top-{i}")
        self.assertRegex(self.command("limits", "top"), r"user alice@example\.test .*3 of 4 +75 %")

    def test_a_warning_comes_to_the_mailbox(self):
        for i in range(3):
            self.assert_sends(ALICE, f"warning-{i}")
        warning = self.stack.await_mail(ALICE, b"4 messages a minute")
        self.assertIn(b"Auto-Submitted: auto-generated", warning)

    def test_the_command_line_says_what_it_does_not_understand(self):
        self.command("limits", "set", ALICE, "hourli", "5", status=64)
        self.command("limits", "show", "nonsense", "x", status=64)
        self.command("explain", "4NoSuchMessage", status=1)


class LocalMail(StackTest):
    """sendmail(1): Postfix has taken the message before the milter is asked about it."""
    stack_options = {"milters": Milters(outgoing=[f"inet:{{address}}:{PORT}"])}
    over_limit = "pass"

    @classmethod
    def start_programs(cls):
        cls.program = start_ratelimit(
            cls.stack, binary(PROGRAM),
            Options(limits=("2 recipients / hour by sender name=cron",
                            "1 message / 30 days by recipient name=monthly"),
                    sections={"exempt": {"local": False, "local_over_limit": cls.over_limit},
                              "limits": {"recipients_per_message": 3}}))
        cls.cli = binary("gatepost")
        cls.site = cls.stack.write("cli/gatepost.toml", site_file(cls.stack))

    def send(self, subject: str, job: str, to: list[str]):
        self.stack.sendmail(message(subject, job), to, mail_from=job)

    def judged(self, job: str, count: int) -> list[str]:
        """The program's lines about the mail of a job, as soon as there are so many."""
        def lines():
            found = [line for line in self.program.log.lines()
                     if " counted " in line and self.queue_sender(line) == job]
            return found if len(found) >= count else None
        return wait_until(lines, 20, f"{count} messages of {job}")

    def queue_sender(self, line: str) -> str:
        queue_id = re.search(r"queue_id=(\w+)", line).group(1)
        log = Log(f"{self.stack.folder}/mail.log").text()
        found = re.search(rf"pickup\[\d+\]: {queue_id}: uid=\d+ from=<([^>]*)>", log)
        return found.group(1) if found else ""

    def maildrop(self) -> list[str]:
        return os.listdir(os.path.join(self.stack.postfix.queue, "maildrop"))


class LocalMailPasses(LocalMail):
    def test_over_a_limit_it_leaves_and_is_told(self):
        for i in range(4):
            self.send(f"cron-{i}", "cron@example.test", [f"ops{i}@remote.test"])
        for i in range(4):
            self.stack.outside.await_mail(f"Subject: cron-{i}\r".encode())
        lines = self.judged("cron@example.test", 4)
        self.assertEqual(["over=yes" in line for line in lines], [False, False, True, True])
        self.assertTrue(all("verdict=pass" in line for line in lines), lines)
        queue_id = re.search(r"queue_id=(\w+)", lines[-1]).group(1)
        def explained():
            done = subprocess.run([self.cli, "--site", self.site, "explain", queue_id],
                                  capture_output=True, text=True, timeout=30)
            return done.stdout if done.returncode == 0 else None
        self.assertRegex(wait_until(explained, 10, "the record"),
                         r"cron +over +sender cron@example\.test from network .*2 of 2 recipients")

    def test_one_recipient_over_a_limit_leaves_with_the_others(self):
        for subject in ("pair-0", "pair-1"):
            # The second one is over a limit that answers clients with 550.
            self.send(subject, f"{subject}@example.test", ["pair@remote.test"])
            self.stack.outside.await_mail(f"Subject: {subject}\r".encode())
        to = [f"many{i}@remote.test" for i in range(5)]  # two recipients too many
        self.send("many", "many@example.test", to)
        wait_until(lambda: len(self.delivered("many")) == 5, 20, "all five recipients")
        self.assertEqual(self.maildrop(), [])


    def delivered(self, subject: str) -> set[str]:
        mails = self.stack.outside.messages(f"Subject: {subject}\r".encode())
        return {recipient for mail in mails for recipient in mail.recipients}


class LocalMailIsHeld(LocalMail):
    over_limit = "hold"

    def test_over_a_limit_it_waits_in_the_hold_queue(self):
        for i in range(3):
            self.send(f"web-{i}", "web@example.test", [f"victim{i}@remote.test"])
            lines = self.judged("web@example.test", i + 1)  # pickup keeps no order
        self.assertRegex(lines[2], r"verdict=hold .*over=yes")
        queue_id = re.search(r"queue_id=(\w+)", lines[2]).group(1)
        wait_until(lambda: ("hold", queue_id) in self.queued(), 10, "the message on hold")
        for i in range(2):
            self.stack.outside.await_mail(f"Subject: web-{i}\r".encode())
        self.assertEqual(self.stack.outside.messages(b"Subject: web-2\r"), [])
        self.assertEqual(self.maildrop(), [])

    def queued(self) -> list[tuple[str, str]]:
        entries = map(json.loads, self.stack.postfix.queued())
        return [(entry["queue_name"], entry["queue_id"]) for entry in entries]


if __name__ == "__main__":
    main()
