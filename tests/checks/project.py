"""The project's files, and how a check reports: shared by the checks beside it."""

import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {".git", "build", "__pycache__", "node_modules", "corpus"}
CPP = (".cc", ".h")


def files(*suffixes: str, under: str = "") -> list[pathlib.PurePosixPath]:
    """Paths from the root, sorted; those with one of the suffixes where any are given."""
    found = []
    for folder, subfolders, names in os.walk(ROOT / under):
        subfolders[:] = [name for name in subfolders if name not in SKIPPED]
        found += [pathlib.PurePosixPath(os.path.relpath(os.path.join(folder, name), ROOT))
                  for name in names
                  if name not in SKIPPED and (not suffixes or name.endswith(suffixes))]
    return sorted(found)


def text(path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def numbered_lines(path):
    return enumerate(text(path).splitlines(), 1)


def without_strings_and_comments(source: str) -> str:
    """C++ with the insides of literals and comments blanked; line ends stay."""
    pattern = (r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"' r"|'(?:\\.|[^'\\\n])+'(?!\w)"
               r"|//[^\n]*|/\*(?:.|\n)*?\*/")
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match.group()), source)


def report(problems: list[str]):
    """Prints the problems and ends the program; exit status 1 where there are any."""
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "no problems")
    sys.exit(bool(problems))
