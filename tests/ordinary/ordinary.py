#!/usr/bin/python3
"""Writes messages on which no filter may act, each as NAME.eml in a folder:

    tests/ordinary/ordinary.py OUT

The same octets on each machine. Needs nothing but Python."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "evasions")]

import composed  # noqa: E402  (found through the path above)
import machines  # noqa: E402
import programs  # noqa: E402

LINE_END = re.compile(rb"\r?\n")


def messages() -> dict[str, bytes]:
    """{name: message}"""
    found = {}
    for module in (composed, programs, machines):
        for name, message in module.messages():
            if name in found:
                raise SystemExit(f"named twice: {name}")
            found[name] = LINE_END.sub(b"\r\n", message)  # as every mail server passes it on
    return found


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made = messages()
    for name, message in made.items():
        (folder / f"{name}.eml").write_bytes(message)
    print(f"{len(made)} messages")


if __name__ == "__main__":
    main()
