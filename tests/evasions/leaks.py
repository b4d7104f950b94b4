#!/usr/bin/python3
"""Has the scanner's code, in a program that looks for lost memory (gatepost-test-scan-leaks), scan
each message of this folder and of tests/ordinary, whole and cut off.

    GATEPOST_BIN_DIR=build/debug/bin tests/evasions/leaks.py

Exit status 1 where there is a leak, 77 in a build without AddressSanitizer."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from prefixes import SKIPPED, messages

from mail_stack import binary  # found through the path that prefixes sets


def main():
    try:
        program = binary("gatepost-test-scan-leaks")
    except unittest.SkipTest as skipped:
        print(skipped)
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="gatepost-leaks-") as folder:
        paths = [Path(folder) / name.replace("/", "-") for name in messages(())]
        for path, message in zip(paths, messages(()).values()):
            path.write_bytes(message)
        sys.exit(subprocess.run([program, *paths], check=False).returncode)


if __name__ == "__main__":
    main()
