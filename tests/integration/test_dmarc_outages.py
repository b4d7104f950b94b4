"""gatepost-dmarc while DNS or Redis is away: mail is answered in time, and nothing is lost."""

import concurrent.futures
import os
import signal
import sys
import time
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from aggregate_reports import NAMESPACE, await_report  # noqa: E402
from arrival_judge import ArrivalJudge, Judged, JudgeTest, await_record  # noqa: E402
from arrival_table import ARRIVALS  # noqa: E402
from arrivals import Arrival, Expected  # noqa: E402
from gatepost_dmarc import Options  # noqa: E402
from mail_stack import binary, main, wait_until  # noqa: E402
from mailer import Mailer  # noqa: E402
from stack.dkim import SIGNER_PORT, make_key  # noqa: E402
from stack.site import site_file  # noqa: E402

BY_NAME = {arrival.name: arrival for arrival in ARRIVALS}
FORGED = BY_NAME["spf fail"]
GENUINE = BY_NAME["both aligned"]
REPORTED = Arrival(
    "wants reports", "9990 3.1", Expected("fail", dmarc="fail", does="none"),
    '{d} TXT "v=spf1 -all"\n_dmarc.{d} TXT "v=DMARC1; p=none; rua=mailto:reports@{d}"\n')
DOMAIN = "example.test"
# What sanitizers and a machine under load may add to what a message may wait.
SLACK_MS = 1_500
REDIS_AWAY_MS = 1_000


class DnsIsDead(JudgeTest):
    arrivals = (FORGED, GENUINE)

    def setUp(self):
        zone = self.stack.write("dead.zone", "* !timeout\n")
        self.server = self.stack.run(f"{self.id()}.dns", [binary("gatepost-test-dns"), zone])
        self.dead = "127.0.0.1:" + self.server.log.await_line(r"^\d+$")

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
            self.await_questions()
            signed = signer.send(
                b"From: <alice@example.test>\r\nSubject: out\r\n\r\nHello\r\n",
                client="192.0.2.200", helo="laptop.example.test", mail_from="alice@example.test",
                macros={"{auth_authen}": "alice@example.test"})
            self.assertFalse(waiting.done(), "the other message did not wait")
            self.assertIn(b"DKIM-Signature:", signed.message)
            self.assertLess(signed.milliseconds, SLACK_MS)
            self.assert_refused(waiting.result(), code=451)

    def await_questions(self):
        """Until the message's look-ups are under way."""
        def asked() -> list[str]:
            self.server.signal(signal.SIGUSR1)
            return self.server.log.lines(r"^questions [1-9]")
        wait_until(asked, 10, "questions")

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
    arrivals = (FORGED, GENUINE, REPORTED)

    def assert_judged_in_time(self, judge: ArrivalJudge) -> list[Judged]:
        """The usual verdicts, as fast as mail must flow; the messages."""
        genuine, forged = judge.send(GENUINE), judge.send(FORGED)
        self.assert_passed(genuine)
        self.assertRegex(genuine.header, "spf=pass .*dkim=pass .*dmarc=pass")
        self.assert_refused(forged, "must pass DMARC")
        for judged in (genuine, forged):
            self.assertLess(judged.outcome.milliseconds, REDIS_AWAY_MS)
        return [genuine, forged]

    def assert_recorded(self, messages: list[Judged], repeated: bool = False):
        for judged in messages:
            await_record(self.stack, judged, 30, repeated)

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

    def test_what_reports_tell_of_that_time_is_not_lost(self):
        judge = self.start()
        self.assert_judged_in_time(judge)
        self.stack.redis.daemon.kill()
        judge.log.await_line("store_away")
        for _ in range(3):
            self.assert_passed(judge.send(REPORTED))
        self.stack.redis.start()
        self.stack.redis.await_ready()
        wait_until(lambda: len(judge.log.lines("store_up")) == 2, 30, "the store again")
        count = "/".join(NAMESPACE + step for step in ("record", "row", "count"))

        def told() -> bool:
            report = await_report(self.stack, judge.site, REPORTED.domain)
            return ElementTree.fromstring(report).findtext(count) == "3"
        wait_until(told, 30, "all three in the report")

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
        self.assert_recorded(away, repeated=True)

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
