"""What gatepost-dkim signs on submission is good in everybody's eyes after Postfix has sent it.

Each letter carries one signature for each algorithm and canonicalization. The bytes that Postfix
sent are given to four verifiers: our own and OpenDKIM as milters of port 25, dkimpy, and rspamd.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from journey import STRAIGHT_IN, bring_in, send_out  # noqa: E402
from letters import LARGE, LETTERS, Letter  # noqa: E402
from mail_stack import Milters, StackTest, binary, main  # noqa: E402
from opendkim import start_opendkim  # noqa: E402
from peers import (  # noqa: E402
    CELLS, dkimpy_results, fields, make_keys, print_table, results_of)
from rspamd import Rspamd  # noqa: E402
from stack.dkim import (  # noqa: E402
    SIGNER_PORT, VERIFIER_PORT, start_signer, start_verifier)

OPENDKIM_PORT = 8893
OURS, OPENDKIM = "mail.example.test", "peer.example.test"
SELECTORS = [cell.selector for cell in CELLS]
EVERYTHING_PASSES = dict.fromkeys(SELECTORS, "pass")

# (peer, letter): (the selectors that the peer finds bad, why it is wrong).
KNOWN_PEER_FAULTS = {
    ("rspamd", "control bytes"): (
        {cell.selector for cell in CELLS if cell.method.endswith("/relaxed")},
        "to rspamd vertical tab and form feed are white space; RFC 6376 section 2.8 has SP and "
        "HTAB"),
}

# dkimpy takes seconds for each signature of the largest letter.
ASKED_OF_DKIMPY = {LARGE.name: {"rsa-rs", "ed25519-rs"}}

CHANGED = Letter("changed on the way", b"Hallo\r\n")


class SignedHere(StackTest):
    stack_options = {
        "milters": Milters(outgoing=[f"inet:{{address}}:{SIGNER_PORT}"],
                           incoming=[f"inet:{{address}}:{VERIFIER_PORT}",
                                     f"inet:{{address}}:{OPENDKIM_PORT}"]),
        "postfix": STRAIGHT_IN,
    }

    @classmethod
    def start_programs(cls):
        program = binary("gatepost-dkim")
        cls.keys = make_keys(cls.stack, "example.test", CELLS)
        rows = "".join(f"{key.domain} {key.selector} {key.path} canonicalization={cell.method}\n"
                       for key, cell in zip(cls.keys, CELLS))
        cls.rspamd = Rspamd(cls.stack).start()
        start_signer(cls.stack, program, [], "line_limit = 0", rows)
        start_verifier(cls.stack, program)
        start_opendkim(cls.stack, OPENDKIM_PORT, mode="v", authserv_id=OPENDKIM)
        cls.letters = [*LETTERS, LARGE, CHANGED]
        cls.wires = send_out(cls.stack, cls.letters)
        cls.wires[CHANGED.name] = cls.wires[CHANGED.name].replace(b"Hallo", b"Hello")
        cls.arrived = bring_in(cls.stack, cls.letters, cls.wires)
        cls.table = {letter.name: {} for letter in cls.letters}

    @classmethod
    def tearDownClass(cls):
        peers = ("gatepost", "OpenDKIM", "dkimpy", "rspamd")
        print_table("Signed by gatepost-dkim; how many of its signatures are good to whom",
                    cls.table, peers)
        for (peer, letter), (_, reason) in KNOWN_PEER_FAULTS.items():
            print(f"{letter}: {reason}")

    def results(self, letter: Letter) -> dict[str, dict[str, str]]:
        """{verifier: {selector: result}}"""
        wire, arrived = self.wires[letter.name], self.arrived[letter.name]
        return {
            "gatepost": results_of(arrived, OURS),
            "OpenDKIM": results_of(arrived, OPENDKIM),
            "dkimpy": dkimpy_results(wire, self.keys, ASKED_OF_DKIMPY.get(letter.name, ())),
            "rspamd": self.rspamd.verify(wire),
        }

    def expected(self, peer: str, letter: Letter) -> dict[str, str]:
        bad, _ = KNOWN_PEER_FAULTS.get((peer, letter.name), ((), ""))
        asked = ASKED_OF_DKIMPY.get(letter.name, SELECTORS) if peer == "dkimpy" else SELECTORS
        return {selector: "fail" if selector in bad else "pass" for selector in asked}

    def test_every_signature_is_good_to_every_verifier(self):
        for letter in [*LETTERS, LARGE]:
            for peer, results in self.results(letter).items():
                good = list(results.values()).count("pass")
                self.table[letter.name][peer] = f"{good} of {len(results)}"
                with self.subTest(letter=letter.name, peer=peer):
                    self.assertEqual(results, self.expected(peer, letter))

    def test_no_signature_of_a_changed_letter_is_good_to_anybody(self):
        for peer, results in self.results(CHANGED).items():
            self.table[CHANGED.name][peer] = f"{list(results.values()).count('pass')} of 8"
            with self.subTest(peer=peer):
                self.assertEqual(results, dict.fromkeys(SELECTORS, "fail"))

    def test_postfix_sends_on_the_bytes_that_were_submitted(self):
        for letter in LETTERS:
            with self.subTest(letter=letter.name):
                unchanged = self.wires[letter.name].endswith(letter.content())
                self.assertEqual(unchanged, not letter.postfix_edits)

    def test_the_signatures_stand_on_top_in_the_order_of_the_key_table(self):
        for letter in LETTERS:
            with self.subTest(letter=letter.name):
                signatures = fields(self.wires[letter.name], "DKIM-Signature")
                self.assertEqual([f"s={selector};" in field
                                  for selector, field in zip(SELECTORS, signatures)], [True] * 8)
                self.assertTrue(self.wires[letter.name].startswith(b"DKIM-Signature: v=1;"))

    def test_the_unsubscribe_fields_of_a_list_are_signed(self):
        signature = fields(self.wires["a list's unsubscribe fields"], "DKIM-Signature")[0]
        names = "".join(signature.split()).partition("h=")[2].partition(";")[0].split(":")
        self.assertLessEqual({"List-Unsubscribe", "List-Unsubscribe-Post"}, set(names))


if __name__ == "__main__":
    main()
