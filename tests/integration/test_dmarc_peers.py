"""The same messages judged by gatepost-dmarc and by rspamd, by policyd-spf with OpenDKIM and
OpenDMARC, and by dkimpy: ours says what the RFCs say, the peers what was recorded of them.

With the argument --table it prints dmarc_peers.md, the table of differences; with --record what the
peers say now, as tests/support/arrival_deviations.py has it.
"""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from arrival_bench import ArrivalBench, deviation  # noqa: E402
from arrival_deviations import DEVIATIONS  # noqa: E402
from arrival_peers import PEERS, our_verdict  # noqa: E402
from arrival_table import ARRIVALS  # noqa: E402
from arrivals import HOSTNAME, TRUSTED_SEALER  # noqa: E402
from gatepost_dmarc import PORT, PROGRAM, Options, start_dmarc  # noqa: E402
from mail_stack import StackTest, binary, main  # noqa: E402
from mailer import Mailer  # noqa: E402
from opendmarc import PUBLIC_SUFFIXES  # noqa: E402

TABLE_HEAD = """\
# Where other programs judge arriving mail differently
Of {situations} messages (`tests/support/arrival_table.py`) these {differing} are judged differently
by rspamd 3.4, by policyd-spf 3.0.4 with OpenDKIM 2.11.0 and OpenDMARC 1.4.2, or by dkimpy 1.1.4
(Debian 12). What they say stands in their column, what the RFC has in the last one; an empty cell
is agreement, or no opinion. Made by `test_dmarc_peers.py --table`, which is also its test.
"""
NAMES = {"rspamd": "rspamd", "opendmarc": "policyd-spf, OpenDKIM, OpenDMARC", "dkimpy": "dkimpy"}


class SideBySide(StackTest):
    @classmethod
    def start_programs(cls):
        cls.bench = cls.enterClassContext(ArrivalBench(cls.stack, ARRIVALS))

    def test_there_are_enough_different_situations(self):
        self.assertGreaterEqual(len(ARRIVALS), 60)
        self.assertEqual(len({arrival.domain for arrival in ARRIVALS}), len(ARRIVALS))
        self.assertLessEqual(set(DEVIATIONS), {arrival.name for arrival in ARRIVALS})

    def test_each_peer_says_what_was_recorded_of_it(self):
        for arrival in ARRIVALS:
            recorded, _ = DEVIATIONS.get(arrival.name, ({}, ""))
            verdicts = self.bench.ask(arrival, self.bench.message(arrival))
            for peer, verdict in verdicts.items():
                with self.subTest(situation=arrival.name, peer=peer):
                    self.assertEqual(deviation(verdict, arrival), recorded.get(peer, ""))

    def record(self):
        """Not a test: run by --record alone."""
        for arrival in ARRIVALS:
            verdicts = self.bench.ask(arrival, self.bench.message(arrival))
            said = {peer: text for peer, verdict in verdicts.items()
                    if (text := deviation(verdict, arrival))}
            if said:
                _, reason = DEVIATIONS.get(arrival.name, ({}, ""))
                print(f'    "{arrival.name}": ({said}, "{reason}"),')


class Ours(StackTest):
    @classmethod
    def start_programs(cls):
        program = binary(PROGRAM)
        cls.bench = ArrivalBench(cls.stack, ARRIVALS, peers=False)
        start_dmarc(cls.stack, program, Options(
            judge_only=True, trusted_sealers=(TRUSTED_SEALER,),
            suffixes=cls.stack.write("suffixes", PUBLIC_SUFFIXES)),
            resolver=cls.bench.resolver, hostname=HOSTNAME)
        cls.mailer = Mailer(f"inet:{PORT}@{cls.stack.address}")
        cls.addClassCleanup(cls.mailer.close)

    def verdict(self, arrival):
        outcome = self.mailer.send(
            self.bench.message(arrival), client=arrival.client, helo=arrival.fill(arrival.helo),
            mail_from=arrival.sender)
        return our_verdict(outcome.message, outcome.reply)

    def test_every_verdict_is_the_rfcs(self):
        for arrival in ARRIVALS:
            with self.subTest(situation=arrival.name, section=f"RFC {arrival.section}"):
                self.assertEqual(deviation(self.verdict(arrival), arrival), "")


def table() -> str:
    """dmarc_peers.md: a row for each situation in which a peer differs."""
    lines = [TABLE_HEAD.format(situations=len(ARRIVALS), differing=len(DEVIATIONS))]
    columns = ("situation", "RFC", *(NAMES[peer] for peer in PEERS), "because")
    lines.append("| " + " | ".join(columns) + " |")
    lines.append("|---" * (len(PEERS) + 3) + "|")
    for arrival in ARRIVALS:
        if arrival.name in DEVIATIONS:
            recorded, reason = DEVIATIONS[arrival.name]
            said = " | ".join(recorded.get(peer, "") for peer in PEERS)
            lines.append(f"| {arrival.name} | {arrival.section} | {said} | {reason} |")
    return "\n".join(lines) + "\n"


class Table(unittest.TestCase):
    def test_it_is_what_was_recorded(self):
        folder = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(folder, "dmarc_peers.md")) as file:
            self.assertEqual(file.read(), table())


def load_tests(loader, _tests, _pattern):
    if "--record" in ARGUMENTS:
        return unittest.TestSuite([SideBySide("record")])
    cases = (SideBySide, Ours, Table)
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)


ARGUMENTS = [word for word in sys.argv[1:] if word in ("--record", "--table")]

if __name__ == "__main__":
    sys.argv = [word for word in sys.argv if word not in ARGUMENTS]
    if "--table" in ARGUMENTS:
        print(table(), end="")
    else:
        main()
