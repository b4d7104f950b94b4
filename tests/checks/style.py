#!/usr/bin/python3
"""Limits of size and a few habits: files, functions, headers, names."""

import re

from project import CPP, files, numbered_lines, report, text, without_strings_and_comments

MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 60
MAX_TEST_LINES = 120  # a test may hold a table of cases
# Names that say nothing.
VAGUE_NAMES = re.compile(r"\b(class|struct|namespace)\s+(\w*(Manager|Helper|Utils?))\b")
# A function's opening line: something(...) ... { that is no control statement, type or namespace.
NO_FUNCTION = re.compile(r"^\s*(if|for|while|switch|do|else|try|catch|namespace|class|struct|enum|"
                         r"union|extern|\}|return|case|constexpr auto|const auto|auto)\b|=\s*\{$")


def file_length(path) -> list[str]:
    count = len(text(path).splitlines())
    return [f"{path}: {count} lines, more than {MAX_FILE_LINES}"] if count > MAX_FILE_LINES else []


def functions(source: str):
    """(first line, lines) of each function body at namespace or class level, best effort."""
    depth, opened = 0, []
    for number, line in enumerate(source.splitlines(), 1):
        for character in line:
            if character == "{":
                opened.append((number, line))
                depth += 1
            elif character == "}" and opened:
                first, head = opened.pop()
                depth -= 1
                if ")" in head and not NO_FUNCTION.search(head):
                    yield first, number - first + 1


def function_length(path) -> list[str]:
    source = without_strings_and_comments(text(path))
    limit = MAX_TEST_LINES if str(path).startswith("tests/") else MAX_FUNCTION_LINES
    return [f"{path}:{first}: a function of {length} lines, more than {limit}"
            for first, length in functions(source) if length > limit]


def header_habits(path) -> list[str]:
    """A header opens with what it is for, and is included once."""
    if not str(path).endswith(".h"):
        return []
    lines = text(path).splitlines()
    problems = []
    if not lines or not lines[0].startswith("//"):
        problems.append(f"{path}:1: a header opens with a comment that says what it is for")
    if "#pragma once" not in lines:
        problems.append(f"{path}: no #pragma once")
    shown = not str(path).startswith("tests/")
    if shown and any(re.match(r"\s*using namespace", line) for line in lines):
        problems.append(f"{path}: using namespace in a header")
    return problems


def names(path) -> list[str]:
    problems = []
    if not re.fullmatch(r"[a-z0-9_]+\.(cc|h)", path.name):
        problems.append(f"{path}: file names are snake_case")
    for number, line in numbered_lines(path):
        if match := VAGUE_NAMES.search(line):
            problems.append(f"{path}:{number}: {match.group(2)} says nothing")
    return problems


def main():
    problems = []
    for path in files(*CPP):
        problems += file_length(path) + function_length(path) + header_habits(path) + names(path)
    for path in files(".py", ".sh"):
        problems += file_length(path)
    report(problems)


if __name__ == "__main__":
    main()
