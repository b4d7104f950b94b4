"""What OpenDKIM, dkimpy and rspamd sign is good to gatepost-dkim.

OpenDKIM signs on submission, eight of it in a row; the others add their signatures to what Postfix
has sent. The letters then arrive at port 25 with all their signatures.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from journey import STRAIGHT_IN, bring_in, send_out  # noqa: E402
from letters import LARGE, LETTERS, Letter  # noqa: E402
from mail_stack import Milters, StackTest, binary, main  # noqa: E402
from opendkim import start_opendkim  # noqa: E402
from peers import (  # noqa: E402
    CELLS, Cell, dkimpy_results, make_keys, print_table, results_of, sign_with_dkimpy)
from rspamd import Rspamd  # noqa: E402
from stack.dkim import VERIFIER_PORT, start_verifier  # noqa: E402

FIRST_OPENDKIM_PORT = 8900
OURS = "mail.example.test"

# (peer, letter; "" for all): ({cells that its signatures are bad in}, why the peer is wrong).
KNOWN_PEER_FAULTS = {
    ("opendkim", ""): (
        {Cell("ed25519", "simple/relaxed"), Cell("ed25519", "simple/simple")},
        "OpenDKIM signs ed25519 over another form of the header than simple"),
    ("rspamd", "control bytes"): (
        {Cell("rsa", "relaxed/relaxed"), Cell("ed25519", "relaxed/relaxed")},
        "to rspamd vertical tab and form feed are white space; RFC 6376 section 2.8 has SP and "
        "HTAB"),
}


class SignedElsewhere(StackTest):
    stack_options = {
        "milters": Milters(outgoing=[f"inet:{{address}}:{FIRST_OPENDKIM_PORT + i}"
                                     for i in range(len(CELLS))],
                           incoming=[f"inet:{{address}}:{VERIFIER_PORT}"]),
        "postfix": STRAIGHT_IN,
    }

    @classmethod
    def start_programs(cls):
        start_verifier(cls.stack, binary("gatepost-dkim"), "max_signatures = 50\n")
        cls.keys = {peer: make_keys(cls.stack, "example.test", cells, f"{peer}-")
                    for peer, cells in cls.cells().items()}
        cls.rspamd = Rspamd(cls.stack, cls.keys["rspamd"]).start()
        for i, (key, cell) in enumerate(zip(cls.keys["opendkim"], CELLS)):
            start_opendkim(cls.stack, FIRST_OPENDKIM_PORT + i, key, mode="s",
                           algorithm=f"{cell.algorithm}-sha256", canonicalization=cell.method)
        cls.wires = {name: cls.sign_further(wire)
                     for name, wire in send_out(cls.stack, LETTERS).items()}
        # OpenDKIM and dkimpy take seconds for each signature of this one.
        cls.wires[LARGE.name] = cls.rspamd.sign(LARGE.content())
        cls.arrived = bring_in(cls.stack, [*LETTERS, LARGE], cls.wires)
        cls.table = {name: {} for name in cls.wires}

    @staticmethod
    def cells():
        """What each peer can sign with."""
        relaxed = [cell for cell in CELLS if cell.method == "relaxed/relaxed"]
        return {"opendkim": CELLS, "dkimpy": CELLS, "rspamd": relaxed}

    @classmethod
    def sign_further(cls, wire: bytes) -> bytes:
        wire = cls.rspamd.sign(wire)
        for key, cell in zip(cls.keys["dkimpy"], CELLS):
            wire = sign_with_dkimpy(wire, key, cell.method)
        return wire

    @classmethod
    def tearDownClass(cls):
        print_table("How many signatures of whom are good to gatepost-dkim", cls.table, cls.cells())
        for _, reason in KNOWN_PEER_FAULTS.values():
            print(reason)

    def expected(self, peer: str, letter: Letter) -> dict[str, str]:
        if peer != "rspamd" and letter is LARGE:
            return {}
        bad = set()
        for name in ("", letter.name):
            bad |= KNOWN_PEER_FAULTS.get((peer, name), (set(), ""))[0]
        return {cell.selector: "fail" if cell in bad else "pass" for cell in self.cells()[peer]}

    def test_every_signature_is_good(self):
        for letter in [*LETTERS, LARGE]:
            found = results_of(self.arrived[letter.name], OURS)
            for peer in self.cells():
                results = {selector.removeprefix(f"{peer}-"): result
                           for selector, result in found.items() if selector.startswith(peer)}
                good = list(results.values()).count("pass")
                self.table[letter.name][peer] = f"{good} of {len(results)}"
                with self.subTest(letter=letter.name, peer=peer):
                    self.assertEqual(results, self.expected(peer, letter))

    def test_what_is_bad_here_is_bad_to_dkimpy(self):
        keys = [key for peer in self.keys.values() for key in peer]
        for name in ("plain", "control bytes"):
            with self.subTest(letter=name):
                self.assertEqual(results_of(self.arrived[name], OURS),
                                 dkimpy_results(self.wires[name], keys))


if __name__ == "__main__":
    main()
