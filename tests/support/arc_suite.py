#!/usr/bin/python3
"""Turns a YAML file of the public ARC suites into records for tests/common/auth/arc_fixture.cc.

    arc_suite.py FILE

A record is "NAME LENGTH", LENGTH octets and a line end. A scenario begins with its key records
("txt NAME" as NAME and text joined by a tab), each of its cases with "case".
"""
import sys

import yaml


def write(name, value):
    octets = str(value).encode()
    sys.stdout.buffer.write(b"%s %d\n%s\n" % (name.encode(), len(octets), octets))


def write_scenario(scenario):
    write("scenario", scenario["description"])
    for key in ("domain", "sel", "privatekey"):
        if key in scenario:
            write(key, scenario[key])
    for name, text in (scenario["txt-records"] or {}).items():
        write("txt", name + "\t" + "".join(text.splitlines()))
    for name, case in scenario["tests"].items():
        write("case", name)
        for key, value in case.items():
            if key not in ("spec", "description", "comment"):
                write(key, value)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        for scenario in yaml.safe_load_all(file):
            if scenario:
                write_scenario(scenario)


if __name__ == "__main__":
    main()
