#!/usr/bin/python3
"""Has gatepost-attachments, with the rules that it ships with, judge the messages of this folder
("evasions") or those of tests/ordinary ("ordinary"), over the milter protocol.

    GATEPOST_BIN_DIR=build/debug/bin tests/evasions/judge.py evasions|ordinary [--all] [NAME ...]

Prints what is decided otherwise than the tables say; exit status 1 where there is any. An evasion
may be judged more strictly than its table asks; ordinary mail must pass as it is."""

import argparse
import collections
import os
import sys
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "evasions"), str(TESTS / "ordinary"), str(TESTS / "support")]

import build  # noqa: E402  (found through the path above)
import ordinary  # noqa: E402

from attachment_judge import ACTIONS, Attachments  # noqa: E402

SKIPPED = 77


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", choices=("evasions", "ordinary"))
    parser.add_argument("names", nargs="*", help="these messages alone")
    parser.add_argument("--all", action="store_true", help="print each verdict")
    parser.add_argument("--config", default="", help="more lines of attachments.toml")
    return parser.parse_args()


def strictness(action: str) -> int:
    return ACTIONS.index(action)


def evidence(judged) -> str:
    """The end of the log's line: rule, item and evidence."""
    return judged.log[judged.log.find(" verdict=") + 1:].strip() or judged.text


def print_groups(rows, found):
    groups = collections.Counter(row.group for row in rows)
    held = collections.Counter(row.group for row in rows
                               if strictness(found[row.name].action) >= strictness(row.action))
    touched = collections.Counter(row.group for row in rows
                                  if found[row.name].action not in ("pass", "defer"))
    for group, count in groups.items():
        print(f"{group}: {count} messages, {held[group]} as the table says or more strictly, "
              f"{touched[group]} acted upon")
    print(f"all: {len(rows)} messages, {held.total()} as the table says or more strictly, "
          f"{touched.total()} acted upon")


def wrong_evasions(rows, found) -> list[str]:
    return [f"{row.group}/{row.name}: {found[row.name].action}, not {row.action} for {row.decides}"
            f" ({evidence(found[row.name])})" for row in rows
            if strictness(found[row.name].action) < strictness(row.action)]


def judge_evasions(arguments) -> list[str]:
    rows = [row for row in build.all_rows() if not arguments.names or row.name in arguments.names]
    found = judge({row.name: row.message() for row in rows}, arguments)
    print_groups(rows, found)
    return wrong_evasions(rows, found)


def judge_ordinary(arguments) -> list[str]:
    messages = {name: message for name, message in ordinary.messages().items()
                if not arguments.names or name in arguments.names}
    found = judge(messages, arguments)
    wrong = [f"{name}: {judged.action} ({evidence(judged)})" for name, judged in found.items()
             if judged.action != "pass"]
    print(f"{len(messages)} ordinary messages, {len(messages) - len(wrong)} pass untouched")
    return wrong


def judge(messages, arguments):
    with Attachments(arguments.config) as program:
        began = time.monotonic()
        found = program.judge_all(messages)
        seconds = time.monotonic() - began
    if arguments.all:
        for name, judged in found.items():
            print(f"{name}: {judged.action} {judged.milliseconds:.1f} ms {evidence(judged)}")
    print(f"{len(messages)} messages in {seconds:.1f} s")
    return found


def main():
    arguments = parse_arguments()
    try:
        wrong = {"evasions": judge_evasions, "ordinary": judge_ordinary}[arguments.corpus](arguments)
    except unittest.SkipTest as skipped:
        print(skipped)
        sys.exit(SKIPPED)
    for line in wrong:
        print(f"WRONG {line}")
    sys.exit(os.EX_OK if not wrong else 1)


if __name__ == "__main__":
    main()
