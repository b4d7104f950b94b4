#!/usr/bin/python3
"""Hands gatepost-attachments each message of this folder and of tests/ordinary cut off at many
places, and looks whether it, or a scanner process, dies, hangs or has trouble of its own.

    GATEPOST_BIN_DIR=build/debug/bin tests/evasions/prefixes.py [--cuts N] [NAME ...]

Exit status 1 where there is any. The same cuts each time."""

import argparse
import hashlib
import os
import re
import sys
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "evasions"), str(TESTS / "ordinary"), str(TESTS / "support")]

import build  # noqa: E402  (found through the path above)
import ordinary  # noqa: E402

from attachment_judge import Attachments  # noqa: E402

SKIPPED = 77
MOST_MILLISECONDS = 10_000  # [look] time and what a busy machine adds; beyond it, it hangs
TROUBLE = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|the scanner died|"
                     r"the scanner sent|the scanner took|no scanner can be started|trouble=")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="these messages alone")
    parser.add_argument("--cuts", type=int, default=12, help="places in each message")
    return parser.parse_args()


def messages(names) -> dict[str, bytes]:
    found = {row.name: row.message() for row in build.all_rows()} | {
        f"ordinary/{name}": message for name, message in ordinary.messages().items()}
    return {name: message for name, message in found.items() if not names or name in names}


def places(name: str, size: int, cuts: int) -> list[int]:
    """One in each of equal stretches, the last one just before the end."""
    numbers = hashlib.shake_256(name.encode()).digest(4 * cuts)
    stretch = max(1, size // cuts)
    found = {size - 1}
    for cut in range(cuts - 1):
        found.add(cut * stretch + int.from_bytes(numbers[4 * cut:4 * cut + 4], "big") % stretch)
    return sorted(place for place in found if place > 0)


def prefixes(arguments) -> dict[str, bytes]:
    return {f"{name}[:{place}]": message[:place]
            for name, message in messages(arguments.names).items()
            for place in places(name, len(message), arguments.cuts)}


def judge(cut, program) -> list[str]:
    """What went wrong."""
    began = time.monotonic()
    found = program.judge_all(cut)
    seconds = time.monotonic() - began
    slowest = max(found, key=lambda name: found[name].milliseconds)
    print(f"{len(cut)} prefixes in {seconds:.1f} s; the slowest: {slowest}, "
          f"{found[slowest].milliseconds:.0f} ms")
    return [f"{name}: {judged.action} {judged.text} after {judged.milliseconds:.0f} ms"
            for name, judged in found.items()
            if judged.action == "defer" or judged.milliseconds > MOST_MILLISECONDS]


def troubles(program) -> list[str]:
    """What its end and its log tell."""
    early = program.child.poll()
    status = program.stop() if early is None else early
    ended = [] if early is None and status == 0 else [f"gatepost-attachments: exit status {status}"]
    log = program.log()
    lines = [line for line in log.splitlines() if TROUBLE.search(line)]
    print(f"scanner processes that died: {log.count('the scanner died')}")
    return ended + lines


def main():
    arguments = parse_arguments()
    try:
        with Attachments() as program:
            wrong = judge(prefixes(arguments), program) + troubles(program)
    except unittest.SkipTest as skipped:
        print(skipped)
        sys.exit(SKIPPED)
    for line in wrong:
        print(f"WRONG {line}")
    sys.exit(os.EX_OK if not wrong else 1)


if __name__ == "__main__":
    main()
