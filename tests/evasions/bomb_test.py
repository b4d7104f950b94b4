#!/usr/bin/python3
"""Hands gatepost-attachments what is meant to use up its time or memory, and 50 MB of nested
archives: each must be told as what it is, within bounds on the time and memory of the program with
all its scanner processes.

    GATEPOST_BIN_DIR=build/bench/bin tests/evasions/bomb_test.py [NAME ...]

Exit status 1 where one is not. With sanitizers time is bounded more loosely, and memory not at all,
as they keep what was freed and shadows of the rest."""

import os
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder) for folder in ("bench", "evasions", "ordinary", "support")]

from attachment_judge import Attachments  # noqa: E402  (found through the path above)
from attachment_messages import nested  # noqa: E402
from bombs import bombs  # noqa: E402
from usage import cpu_ms, resident_mb  # noqa: E402

SKIPPED = 77
MOST_MS = 2000  # of the processor, when optimized
SLOWER_WITH_SANITIZERS = 4
MOST_MB = 64  # more than before the first message

# What becomes of each, and the property that its record has.
EXPECTED = {
    "42.zip": ("refuse", "bomb"),
    "10 GB of zeros in gz": ("refuse", "bomb"),
    "10 GB of zeros in zip": ("refuse", "bomb"),
    "1,000,000 members": ("quarantine", "over-budget"),  # 90 MB: more than one member may have
    "300,000 members": ("quarantine", "too-many-members"),
    "1,000,000 members of tar.gz": ("quarantine", "too-many-members"),
    "1,000 levels of zip": ("quarantine", "too-deep"),
    "1,000 levels of gz": ("quarantine", "too-deep"),
    "a zip within itself": ("quarantine", "too-deep"),
    "xz, 3 GB dictionary": ("quarantine", "unreadable"),
    "1,000 levels of MIME": ("quarantine", "too-deep"),
    "100,000 parts": ("quarantine", "too-many-parts"),
    "50 MB of nested archives": ("pass", ""),
}


class Bounds:
    """What the program took since its start, and what a message may take."""

    def __init__(self, program):
        self.program = program
        self.sanitized = b"__asan_init" in Path(program.binary).read_bytes()
        self.most_ms = MOST_MS * (SLOWER_WITH_SANITIZERS if self.sanitized else 1)
        self.idle_mb = resident_mb(program.child.pid)
        if self.sanitized:
            print("with sanitizers: memory is not bounded")

    def spent_ms(self) -> float:
        return cpu_ms(self.program.all_pids())

    def peak_mb(self) -> float:
        """The sum of each process's peak, as if all had come at once, without what was idle."""
        return sum(resident_mb(pid, "VmHWM") for pid in self.program.all_pids()) - self.idle_mb

    def judge(self, name, message) -> list[str]:
        before = self.spent_ms()
        judged = self.program.judge_all({name: message})[name]
        spent, peak = self.spent_ms() - before, self.peak_mb()
        print(f"{name}: {judged.action}, {spent:.0f} ms of the processor, {judged.milliseconds:.0f} "
              f"ms in all, {peak:.1f} MB above idle so far", flush=True)
        action, wanted = EXPECTED[name]
        properties = judged.log.partition("property=")[2].partition('"')[0].split(",")
        wrong = [f"{name}: {judged.action} {judged.log}"] * (
            judged.action != action or wanted not in properties)
        wrong += [f"{name}: {spent:.0f} ms"] * (spent > self.most_ms)
        return wrong + [f"{name}: {peak:.1f} MB"] * (peak > MOST_MB and not self.sanitized)


def judge_all(names) -> list[str]:
    messages = {**bombs(), "50 MB of nested archives": nested}
    # A process that was replaced would take its peak with it.
    with Attachments("[scanner]\nrequests = 1000000\n") as program:
        bounds = Bounds(program)
        wrong = [line for name, make in messages.items() if not names or name in names
                 for line in bounds.judge(name, make())]
        deaths = program.log().count("the scanner died")
    return wrong + [f"scanner processes that died: {deaths}"] * (deaths > 0)


def main():
    try:
        wrong = judge_all(sys.argv[1:])
    except unittest.SkipTest as skipped:
        print(skipped)
        sys.exit(SKIPPED)
    for line in wrong:
        print(f"WRONG {line}")
    sys.exit(os.EX_OK if not wrong else 1)


if __name__ == "__main__":
    main()
