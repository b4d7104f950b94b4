"""The public test suite of RFC 7208 through the whole program: each case is a message, its result
the spf= of Authentication-Results. Each scenario has its own zones, and so its own name server."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from arrival_peers import our_verdict  # noqa: E402
from arrivals import HOSTNAME  # noqa: E402
from gatepost_dmarc import PORT, PROGRAM, Options, start_dmarc  # noqa: E402
from mail_stack import StackTest, binary, main  # noqa: E402
from mailer import Mailer  # noqa: E402
from spf_suite import Scenario, load_suite  # noqa: E402

MESSAGE = (b"From: <carol@without-policy.example>\r\nTo: <bob@receiver.example>\r\n"
           b"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@without-policy.example>\r\n"
           b"Subject: SPF\r\n\r\nHello\r\n")
CASES = 203


class SpfSuite(StackTest):
    @classmethod
    def start_programs(cls):
        cls.scenarios = load_suite()
        cls.program = binary(PROGRAM)
        cls.server = binary("gatepost-test-dns")

    def judge(self, number: int, scenario: Scenario):
        """(case, verdict) of every case of the scenario."""
        zone = self.stack.write(f"suite-{number}.zone", scenario.zone)
        server = self.stack.run(f"suite-dns-{number}", [self.server, zone])
        port = server.log.await_line(r"^\d+$")
        milter = start_dmarc(self.stack, self.program, Options(judge_only=True),
                             port=PORT + number, resolver=f"127.0.0.1:{port}", hostname=HOSTNAME)
        mailer = Mailer(f"inet:{PORT + number}@{self.stack.address}")
        for case in scenario.cases:
            outcome = mailer.send(MESSAGE, client=case.client, helo=case.helo,
                                  mail_from=case.mail_from)
            yield case, our_verdict(outcome.message, outcome.reply)
        mailer.close()
        self.assertEqual(milter.stop(), 0)
        server.stop()

    def test_every_case_has_its_result(self):
        seen = 0
        for number, scenario in enumerate(self.scenarios):
            for case, verdict in self.judge(number, scenario):
                seen += 1
                with self.subTest(scenario=scenario.name, case=case.name, section=case.section):
                    self.assertIn(verdict.spf, case.results)
        self.assertEqual(seen, CASES)


class Zones(unittest.TestCase):
    def test_the_suite_is_read_whole(self):
        scenarios = load_suite()
        self.assertEqual(sum(len(scenario.cases) for scenario in scenarios), CASES)

    def test_a_timeout_covers_what_is_not_listed_and_spf_doubles_as_text(self):
        from spf_suite import zone_text

        zone = zone_text({"a.example": [{"SPF": "v=spf1 -all"}, "TIMEOUT"],
                          "b.example": [{"SPF": "no"}, {"TXT": "yes"}],
                          "c.example": [{"SPF": "no"}, {"TXT": "NONE"}, "TIMEOUT"]})
        self.assertIn('a.example TXT "v=spf1\\032-all"\na.example A !timeout\n', zone)
        self.assertNotIn("a.example TXT !timeout", zone)
        self.assertIn('b.example TXT "yes"\n', zone)
        self.assertIn("c.example TXT !timeout", zone)
        self.assertNotIn("no", zone)


if __name__ == "__main__":
    main()
