#!/usr/bin/python3
"""The names that rules may ask for by content=, in the parser, in the manual page and where files are
told apart: the same everywhere."""

import re

from project import report, text

LIST = "milters/attachments/content_names.cc"
MANUAL = "milters/attachments/gatepost-attachments.8.in"
DETECTORS = ("milters/attachments/content_type.h", "milters/attachments/content_type.cc",
             "milters/attachments/type_by_name.cc", "milters/attachments/scanner/file_kind.cc",
             "milters/attachments/scanner/rare_kinds.cc", "milters/attachments/scanner/ole.cc",
             "milters/attachments/scanner/office_package.cc")

# How a detector writes down what it tells; the name is the group.
NAME = r'"([a-z0-9][a-z0-9-]+)"'
FORMS = (NAME + r",\s*Kind::k",                              # {"pe", Kind::kExecutable}
         r"\? " + NAME + r' : "[a-z0-9-]*"[;,]',             # {portable ? "pe" : "mz", ...}
         r'\? "[a-z0-9-]*" : ' + NAME + "[;,]",
         r'TypeBy(?:Mark|Stream)\{\s*"[^"]*",\s*' + NAME,
         r"RareArchive\{" + NAME,
         r"return " + NAME + ";",
         r"(?:type|type_|type_name|string_view name) = " + NAME)
# Of the detectors' own use: neither is told as it is.
WITHIN = {"text-file", "xml-head"}


def told(path: str) -> set[str]:
    source = text(path)
    return {name for form in FORMS for name in re.findall(form, source)} - WITHIN


def listed() -> set[str]:
    lists = re.findall(r'constexpr std::string_view k\w+ =((?:\s*"[^"]*")+);', text(LIST))
    return {name for one in lists for name in "".join(re.findall(r'"([^"]*)"', one)).split()}


def in_manual() -> set[str]:
    section = re.search(r"\n\.SS Types by content\n(.*?)\n\.S[SH] ", text(MANUAL), re.DOTALL)
    lines = section.group(1).replace("\\-", "-").splitlines() if section else []
    return {name for line in lines if line.startswith(".B ") for name in line[3:].split()}


def main():
    names = listed()
    produced = {name: path for path in DETECTORS for name in told(path)}
    manual = in_manual()
    problems = [f"{produced[name]}: tells \"{name}\", which {LIST} does not list"
                for name in sorted(produced.keys() - names)]
    problems += [f"{LIST}: nothing tells \"{name}\"" for name in sorted(names - produced.keys())]
    problems += [f"{MANUAL}: does not name \"{name}\"" for name in sorted(names - manual)]
    problems += [f"{MANUAL}: names \"{name}\", which {LIST} does not list"
                 for name in sorted(manual - names)]
    report(problems)


if __name__ == "__main__":
    main()
