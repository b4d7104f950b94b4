#!/usr/bin/python3
"""reopened.py FOLDER COUNT: N.before and N.after are one message, where the parts of N.paths have
been exchanged for a text; Python's email finds all others as they were."""

import email
import email.policy
import pathlib
import sys

POLICY = email.policy.compat32
TEXTS = ("Taken away.", "F\u00fcr\n--immer")


def parts(message, path=""):
    """(path, part) of the message and all within."""
    yield path, message
    if message.is_multipart():
        for number, part in enumerate(message.get_payload(), 1):
            yield from parts(part, f"{path}.{number}".lstrip("."))


def opened(file):
    return dict(parts(email.message_from_bytes(file.read_bytes(), policy=POLICY)))


def is_within(path, outer):
    return path == outer or path.startswith(outer + ".")


def problem_of_text(new, old):
    """What is wrong with a part that took another's place."""
    text = new.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")
    rest = text
    for known in TEXTS:
        rest = rest.replace(known, "", 1)
    if rest.strip():
        return f"unexpected text {text!r}"
    if new.get_content_type() != "text/plain" or new.get_content_charset() != "utf-8":
        return "not a plain text"
    if new["Content-ID"] != old["Content-ID"]:
        return "another Content-ID"
    return "" if new["Subject"] == old["Subject"] else "another subject"


def problem_of_rest(new, old):
    """What differs in a part that was to stay."""
    if new.items() != old.items():
        return "another header"
    if old.is_multipart():
        same = new.preamble == old.preamble and new.epilogue == old.epilogue
        return "" if same else "another preamble or epilogue"
    return "" if new.get_payload() == old.get_payload() else "another content"


def problems(folder, number):
    before, after = (opened(folder / f"{number}.{name}") for name in ("before", "after"))
    replaced = (folder / f"{number}.paths").read_text().split()
    for path, old in before.items():
        outer = [one for one in replaced if is_within(path, one)]
        if outer and path not in after:
            continue
        if path in outer and not any(one != path for one in outer):
            problem = problem_of_text(after[path], old)
        elif outer:
            problem = "still there"
        else:
            problem = problem_of_rest(after[path], old) if path in after else "lost"
        if problem:
            yield f"{number} {path}: {problem}"
    yield from (f"{number} {path}: new" for path in after if path not in before)


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    found = [line for number in range(count) for line in problems(folder, number)]
    print("\n".join(found[:20]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
