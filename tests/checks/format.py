#!/usr/bin/python3
"""clang-format 14 would change nothing."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from project import CPP, ROOT, files, report


def problems(path) -> list[str]:
    done = subprocess.run(["clang-format-14", "--dry-run", "--Werror", "--ferror-limit=3", str(path)],
                          cwd=ROOT, capture_output=True, text=True)
    return re.findall(r"^\S+:\d+:\d+: error: .*", done.stderr, re.MULTILINE)


def main():
    try:
        subprocess.run(["clang-format-14", "--version"], capture_output=True, check=True)
    except FileNotFoundError:
        print("clang-format-14 is not installed")
        sys.exit(77)
    with ThreadPoolExecutor(2) as pool:
        report([found for each in pool.map(problems, files(*CPP)) for found in each])


if __name__ == "__main__":
    main()
