#!/usr/bin/python3
"""dkimpy as an independent verifier of ARC chains.

    arc_peer.py FILE

FILE holds records as arc_suite.py writes them: "txt" (NAME, tab, text) for keys, "message" for
messages with CRLF line ends. One line for each message: none, pass or fail, or terminated for a
chain that a seal ended with cv=fail; then the reason.
"""
import sys

import dkim


def read_records(octets):
    at = 0
    while at < len(octets):
        end = octets.index(b"\n", at)
        name, length = octets[at:end].split(b" ")
        at = end + 1 + int(length) + 1
        yield name.decode(), octets[end + 1:at - 1]


def main():
    with open(sys.argv[1], "rb") as file:
        records = list(read_records(file.read()))
    keys = dict(value.split(b"\t", 1) for name, value in records if name == "txt")

    def find_key(name, timeout=5):
        name = name if isinstance(name, bytes) else name.encode()
        return keys.get(name.rstrip(b"."))

    for name, value in records:
        if name == "message":
            verdict, _, reason = dkim.arc_verify(value, dnsfunc=find_key)
            print(verdict.decode() if verdict else "terminated", reason)


if __name__ == "__main__":
    main()
