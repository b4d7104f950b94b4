"""gatepost-dmarc while DNS or Redis is away: mail is answered in time, and nothing is lost."""

import concurrent.futures
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from arrival_judge import ArrivalJudge, Judged, JudgeTest, await_record  # noqa: E402
from arrival_table import ARRIVALS  # noqa: E402
from gatepost_dmarc import Options  # noqa: E402
from mail_stack import binary, main, wait_until  # noqa: E402
from mailer import Mailer  # noqa: E402
from stack.dkim import SIGNER_PORT, make_key  # noqa: E402
from stack.site import site_file  # noqa: E402

BY_NAME = {arrival.name: arrival for arrival in ARRIVALS}
FORGED = BY_NAME["spf fail"]
GENUINE = BY_NAME["both aligned"]
DOMAIN = "example.test"
# What sanitizers and a machine under load may add to what a message may wait.
SLACK_MS = 1_500
REDIS_AWAY_MS = 1_000


class DnsIsDead(JudgeTest):
    arrivals = (FORGED, GENUINE)

    @classmethod
    def start_programs(cls):
        super().start_programs()
        zone = cls.stack.write("dead.zone", "* !timeout\n")
        server = cls.stack.run("dead-dns", [binary("gatepost-test-dns"), zone])
        cls.dead = "127.0.0.1:" + server.log.await_line(r"^\d+$")

    def start_dead(self, **options) -> ArrivalJudge:
        return self.start(Options(**options), resolver=self.dead)

    def assert_in_budget(self, judged: Judged, milliseconds: int):
        self.assertLess(judged.outcome.milliseconds, milliseconds + SLACK_MS)
        # It did ask.
        self.assertGreater(judged.outcome.milliseconds, milliseconds * 0.7)

    def test_the_client_is_asked_to_come_back_within_the_budget(self):
        judge = self.start_dead(budget="1s", on_temporary_error="defer")
        judged = judge.send(GENUINE)
        self.assert_refused(judged, r"4\.7\.0 DMARC for .* cannot be checked now", code=451)
        self.assert_in_budget(judged, 1000)

    def test_or_the_mail_passes_as_temperror(self):
        judged = self.start_dead(budget="1s", on_temporary_error="pass").send(GENUINE)
        self.assert_passed(judged)
        self.assertRegex(judged.header, r"spf=temperror .*dkim=temperror .*dmarc=temperror ")
        self.assertEqual(judged.fields("X-Gatepost-Tag"), [])
        self.assert_in_budget(judged, 1000)

    def test_it_is_recorded_as_deferred(self):
        judged = self.start_dead(budget="1s", on_temporary_error="defer").send(GENUINE)
        record = await_record(self.stack, judged)
        self.assertEqual(record.values["verdict"], "defer")
        self.assertRegex(record.rules["dmarc"][-1][2], "temperror")

    def test_signing_on_the_same_host_is_not_slowed(self):
        judge = self.start_dead(budget="4s", on_temporary_error="defer")
        signer = self.start_signer()
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(judge.send, FORGED)
            wait_until(judge.log.text, 10, "a program that runs")
            signed = signer.send(
                b"From: <alice@example.test>\r\nSubject: out\r\n\r\nHello\r\n", client="192.0.2.200",
                helo="laptop.example.test", mail_from="alice@example.test",
                macros={"{auth_authen}": "alice@example.test"})
            self.assertFalse(waiting.done(), "the other message did not wait")
            self.assertIn(b"DKIM-Signature:", signed.message)
            self.assertLess(signed.milliseconds, SLACK_MS)
            self.assert_refused(waiting.result(), code=451)

    def start_signer(self) -> Mailer:
        key = make_key(self.stack, DOMAIN, "s1")
        table = self.stack.write("signer.keys", f"{DOMAIN} s1 {key.path}\n")
        options = (f'mode = "sign"\n[server]\nsocket = "inet:{SIGNER_PORT}@{self.stack.address}"\n'
                   f'[sign]\nkey_table = "{table}"\n')
        self.stack.start_milter(binary("gatepost-dkim"), SIGNER_PORT, {
            "dkim.toml": options, "gatepost.toml": site_file(self.stack, self.dead)})
        mailer = Mailer(f"inet:{SIGNER_PORT}@{self.stack.address}")
        self.addCleanup(mailer.close)
        return mailer


class RedisIsAway(JudgeTest):
    arrivals = (FORGED, GENUINE)

    def assert_judged_in_time(self, judge: ArrivalJudge) -> list[Judged]:
        """The usual verdicts, as fast as mail must flow; the messages."""
        genuine, forged = judge.send(GENUINE), judge.send(FORGED)
        self.assert_passed(genuine)
        self.assertRegex(genuine.header, "spf=pass .*dkim=pass .*dmarc=pass")
        self.assert_refused(forged, "must pass DMARC")
        for judged in (genuine, forged):
            self.assertLess(judged.outcome.milliseconds, REDIS_AWAY_MS)
        return [genuine, forged]

    def assert_recorded(self, messages: list[Judged]):
        for judged in messages:
            await_record(self.stack, judged, 30)

    def test_mail_flows_and_its_records_come_when_redis_is_back(self):
        judge = self.start()
        before = self.assert_judged_in_time(judge)
        self.assert_recorded(before)
        self.stack.redis.daemon.kill()
        away = [judged for _ in range(5) for judged in self.assert_judged_in_time(judge)]
        self.stack.redis.start()
        self.stack.redis.await_ready()
        self.assert_recorded(away)
        wait_until(lambda: self.shares_facts(judge), 30, "facts shared again")

    def shares_facts(self, judge: ArrivalJudge) -> bool:
        judged = judge.send(GENUINE)
        return self.stack.redis.command("EXISTS", judged.key("fact", ":auth")) == "1"

    def test_a_redis_that_hangs_holds_no_mail(self):
        judge = self.start()
        self.assert_recorded(self.assert_judged_in_time(judge))
        self.stack.redis.daemon.signal(signal.SIGSTOP)
        self.addCleanup(self.stack.redis.daemon.signal, signal.SIGCONT)
        began = time.monotonic()
        away = [judged for _ in range(5) for judged in self.assert_judged_in_time(judge)]
        self.assertLess(time.monotonic() - began, 10)
        self.stack.redis.daemon.signal(signal.SIGCONT)
        self.assert_recorded(away)

    def test_a_program_that_starts_without_redis_serves(self):
        self.stack.redis.daemon.kill()
        try:
            judge = self.start()
            away = self.assert_judged_in_time(judge)
        finally:
            self.stack.redis.start()
            self.stack.redis.await_ready()
        self.assert_recorded(away)


if __name__ == "__main__":
    main()
