"""The public test suite of RFC 7208 (rfc7208-tests.yml): its cases, and its zones in the language
of tests/support/dns_zone.h. Needs python3-yaml."""

import dataclasses
import ipaddress
import os
import re

from mail_stack import SOURCE, skip

SUITE = "spf/rfc7208-tests.yml"
TIMED_TYPES = ("A", "AAAA", "MX", "PTR", "TXT")


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    section: str
    client: str
    helo: str
    mail_from: str
    results: tuple[str, ...]  # any of them is right
    explanation: str = ""


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    zone: str
    cases: tuple[Case, ...]


def shared_file(path: str) -> str:
    """A file of the data that is kept beside the source: in GATEPOST_SHARED_DATA, or in
    shared/data of a folder above the source. Skips the test where there is none."""
    folders = [os.environ.get("GATEPOST_SHARED_DATA", "")]
    above = SOURCE
    while above != os.path.dirname(above):
        above = os.path.dirname(above)
        folders.append(os.path.join(above, "shared/data"))
    for folder in filter(None, folders):
        if os.path.exists(os.path.join(folder, path)):
            return os.path.join(folder, path)
    raise skip(f"no {path}: set GATEPOST_SHARED_DATA to the folder that has it")


def load_suite() -> list[Scenario]:
    try:
        import yaml
    except ImportError:
        skip("the SPF suite needs python3-yaml")
    with open(shared_file(SUITE), encoding="utf-8") as file:
        return [_scenario(document) for document in yaml.safe_load_all(file)]


def _scenario(document: dict) -> Scenario:
    cases = tuple(_case(name, case) for name, case in document["tests"].items())
    return Scenario(document["description"], zone_text(document["zonedata"]), cases)


def _case(name: str, case: dict) -> Case:
    results = case["result"] if isinstance(case["result"], list) else [case["result"]]
    section = case.get("spec", "")
    sections = ", ".join(section) if isinstance(section, list) else str(section)
    return Case(name, sections, str(case["host"]), str(case["helo"]), _path(str(case["mailfrom"])),
                tuple(results), case.get("explanation", ""))


def _path(mailbox: str) -> str:
    """As it would stand in MAIL FROM: a local part with blanks is quoted there."""
    local, at, domain = mailbox.rpartition("@")
    return f'"{local}"@{domain}' if " " in local else local + at + domain


def zone_text(zone: dict) -> str:
    return "".join(f"{line}\n" for name, entries in zone.items()
                   for line in _lines(_quoted(str(name)), entries))


def _lines(name: str, entries: list):
    """A TIMEOUT covers the types that have no entry. SPF doubles as TXT unless TXT is given."""
    has_text = any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
    listed = set()
    for entry in entries:
        if entry == "TIMEOUT":
            yield from (f"{name} {kind} !timeout" for kind in TIMED_TYPES if kind not in listed)
            continue
        (kind, value), = entry.items()
        if kind == "SPF" and has_text:
            continue
        kind = "TXT" if kind == "SPF" else kind
        if value != "NONE":  # which only keeps SPF from doubling
            listed.add(kind)
            yield f"{name} {kind} {_value(kind, value)}"


def _value(kind: str, value) -> str:
    if kind == "TXT":
        strings = value if isinstance(value, list) else [value]
        return " ".join(f'"{_escape(piece)}"' for text in strings or [""]
                        for piece in re.findall(r"(?s).{1,255}", text) or [""])
    if kind == "MX":
        return f"{value[0]} {_escape(value[1]) or '.'}"
    if kind == "AAAA":
        return str(ipaddress.IPv6Address(value))
    return _escape(value)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else _escape(name)


def _escape(text: str) -> str:
    """Bytes that would mean something in zone text, as \\DDD. The suite writes bytes as characters
    up to U+00FF."""
    return "".join(c if c.isascii() and c.isprintable() and c not in ' "\\;#' else f"\\{ord(c):03}"
                   for c in text)
