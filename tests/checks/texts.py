#!/usr/bin/python3
"""What must stand in no file: unfinished work, paths of one machine, words that say nothing."""

import re

from project import files, numbered_lines, report

# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}{/*-])/(wor" r"k|hom" r"e/\w+|Use" r"rs)/")
EMPTY_WORDS = re.compile(r"\b(robu" r"st(ly|ness)?|comprehen" r"sive(ly)?|seam" r"less(ly)?|"
                         r"state-of-the-" r"art|blazing" r"ly)\b", re.IGNORECASE)
BARE_NOLINT = re.compile(r"NOLINT(NEXTLINE|BEGIN)?(\([^)]*\))?\s*(?![\w(:]|.*\w)")
COMMENT = re.compile(r"\s*(//|#)")
ISSUE_NUMBERS = re.compile(r"(?i)\bissue\s+#?\d+\b|\(#\d+\)")
BINARY = (".png", ".ico", ".gz", ".zst", ".eml", ".bin", ".mmdb")

RULES = (
    (UNFINISHED, "unfinished work"),
    (MACHINE_PATHS, "a path of one machine"),
    (EMPTY_WORDS, "a word that says nothing"),
    (BARE_NOLINT, "NOLINT without its reason"),
    (ISSUE_NUMBERS, "an issue's number: say what it was about"),
)


def findings(line: str, above: str = ""):
    """What is wrong with a line, and the words; the reason for a NOLINT may stand above it."""
    for rule, what in RULES:
        match = rule.search(line)
        if match and not (rule is BARE_NOLINT and COMMENT.match(above)):
            yield what, match.group().strip()


def main():
    problems = []
    for path in files():
        if path.suffix in BINARY or "vectors" in path.parts:
            continue
        above = ""
        for number, line in numbered_lines(path):
            problems += [f"{path}:{number}: {what}: {found}" for what, found in findings(line, above)]
            above = line
    report(problems)


if __name__ == "__main__":
    main()
