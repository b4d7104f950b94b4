#!/usr/bin/python3
"""Has gatepost-attachments exchange the papers and pictures of ordinary messages for texts, and looks
with Python's email package whether each message reopens, those are gone, and all else is as it was.

    GATEPOST_BIN_DIR=build/debug/bin tests/ordinary/replaced.py [NAME ...]

Exit status 1 where it is not so."""

import email
import email.policy
import os
import sys
import tempfile
import unittest
from email.header import decode_header, make_header
from email.utils import collapse_rfc2231_value
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / folder)
                for folder in ("evasions", "ordinary", "support", "milters/attachments")]

import mail  # noqa: E402  (found through the path above)
import ordinary  # noqa: E402
import papers  # noqa: E402
from reopened import is_within, parts, problem_of_rest  # noqa: E402

from attachment_judge import TAG_HEADER, Attachments  # noqa: E402

SKIPPED = 77
EXTENSIONS = ("pdf", "docx", "xlsx", "pptx", "odt", "doc", "xls", "rtf", "zip", "7z", "gz", "jpg",
              "jpeg", "png", "gif", "tif", "mp3", "mp4", "wav", "csv", "txt", "xml", "ics", "vcf")
# Attachments alone: what is within an archive would take the archive with it.
RULE = ("papers enforce replace extension={} member=no class=policy -- The rules of this house say "
        "so.\n").format(",".join(EXTENSIONS))
SAYING = "was removed from this message by the recipient's mail server"


def many_files() -> bytes:
    """More than a record of the decision tells of."""
    return mail.whole("many-files", mail.mixed(mail.TEXT, *(
        mail.file(f"paper{number}.pdf", papers.PLAIN_PDF, "application/pdf")
        for number in range(120))))


def opened(message: bytes) -> dict:
    return dict(parts(email.message_from_bytes(message, policy=email.policy.compat32)))


def names(part):
    """All that a reader of the standards calls it."""
    for field, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        value = part.get_param(parameter, header=field)
        if value is not None:
            plain = collapse_rfc2231_value(value)
            yield str(make_header(decode_header(plain))) if "=?" in plain else plain


def goes(part) -> bool:
    return any(name.strip().lower().endswith(tuple(f".{each}" for each in EXTENSIONS))
               for name in names(part))


def is_text(part) -> bool:
    if part.is_multipart() or part.get_content_type() != "text/plain":
        return False
    return SAYING in part.get_payload(decode=True).decode(errors="replace").replace("\r\n", " ")


def problem_of_text(new, old) -> str:
    if not is_text(new) or new.get_content_charset() != "utf-8" or new.defects:
        return "no text of ours"
    if list(names(new)):
        return "the text has a name"
    return "" if new["Content-ID"] == old["Content-ID"] else "another Content-ID"


def without_our_fields(message: bytes) -> bytes:
    """As the tags are a header field more, which is meant."""
    header, blank, body = message.partition(b"\r\n\r\n")
    kept = [line for line in header.split(b"\r\n") if not line.startswith(TAG_HEADER.encode() + b":")]
    return b"\r\n".join(kept) + blank + body


def replaced_paths(before, after) -> list[str]:
    """By name, and what was exchanged as it holds such a file in an encoding of its own."""
    named = [path for path, part in before.items() if goes(part)]
    return named + [path for path, part in before.items() if path not in named and path in after
                    and is_text(after[path]) and holds_file(part)]


def holds_file(part) -> bool:
    """winmail.dat, and files in text."""
    if part.get_content_type() == "application/ms-tnef" or "winmail.dat" in names(part):
        return True
    return not part.is_multipart() and b"\nbegin 6" in part.get_payload(decode=True)


def problems(old: bytes, new: bytes):
    """What is wrong with the message that was `old`."""
    before, after = opened(old), opened(without_our_fields(new))
    gone = replaced_paths(before, after)
    for path, part in before.items():
        outer = [each for each in gone if is_within(path, each)]
        if outer and path not in outer and path not in after:
            continue
        if path not in after:
            problem = "lost"
        elif outer:
            problem = problem_of_text(after[path], part) if outer == [path] else "still there"
        else:
            problem = problem_of_rest(after[path], part)
        if problem:
            yield f"{path or 'the message'}: {problem}"
    yield from (f"{path}: new" for path in after if path not in before)


def wrong(old: bytes, judged):
    wanted = any(goes(part) for part in opened(old).values())
    if judged.action not in ("pass", "replace") or wanted and judged.action != "replace":
        return [f"{judged.action} {judged.text} {judged.log}"]
    if judged.action == "pass":
        return [] if judged.queued == old else ["not as it was"]
    return list(problems(old, judged.queued))


def judge(letters):
    with tempfile.TemporaryDirectory(prefix="gatepost-rules-") as folder:
        rules = Path(folder) / "rules"
        rules.write_text(RULE)
        Path(folder).chmod(0o755)
        with Attachments(f'[rules]\nfile = "{rules}"\n') as program:
            return program.judge_all(letters)


def main():
    letters = {name: message
               for name, message in (ordinary.messages() | {"many-files": many_files()}).items()
               if not sys.argv[1:] or name in sys.argv[1:]}
    try:
        found = judge(letters)
    except unittest.SkipTest as skipped:
        print(skipped)
        sys.exit(SKIPPED)
    count = sum(judged.action == "replace" for judged in found.values())
    print(f"{len(letters)} messages, {count} lost a part")
    lines = [f"{name}: {line}" for name, message in letters.items()
             for line in wrong(message, found[name])]
    for line in lines:
        print(f"WRONG {line}")
    sys.exit(os.EX_OK if count and not lines else 1)


if __name__ == "__main__":
    main()
