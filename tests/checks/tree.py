#!/usr/bin/python3
"""The tree: licence, a README in each folder, package lists, scripts that parse."""

import ast
import subprocess

from project import ROOT, files, report, text

# Folders that mirror the source one to one: the README of their parent speaks for them.
MIRRORED = ("tests/common", "tests/milters", "tests/tools", "tests/fuzz/")


def licence() -> list[str]:
    path = ROOT / "LICENSE"
    if path.exists() and "Apache License" in text("LICENSE") and "Version 2.0" in text("LICENSE"):
        return []
    return ["LICENSE: the Apache License 2.0 is missing"]


def readmes() -> list[str]:
    sources = files(".cc", ".h", ".py", ".sh", ".txt", ".cmake")
    folders = {str(path.parent) for path in sources} - {"."}
    return [f"{folder}/README.md is missing" for folder in sorted(folders)
            if not folder.startswith(MIRRORED) and not (ROOT / folder / "README.md").exists()]


def scripts() -> list[str]:
    problems = []
    for path in files():
        if path.suffix == ".py":
            problems += python_problem(path)
        elif path.suffix == ".sh" or text(path).startswith("#!/bin/bash"):
            problems += shell_problem(path)
    return problems


def python_problem(path) -> list[str]:
    try:
        ast.parse(text(path))
        return []
    except SyntaxError as error:
        return [f"{path}:{error.lineno}: {error.msg}"]


def shell_problem(path) -> list[str]:
    done = subprocess.run(["bash", "-n", str(ROOT / path)], capture_output=True, text=True)
    return [done.stderr.strip()] if done.returncode else []


def executables() -> list[str]:
    return [f"{path}: begins with #! and is not executable" for path in files()
            if text(path).startswith("#!") and not (ROOT / path).stat().st_mode & 0o100]


if __name__ == "__main__":
    report(licence() + readmes() + scripts() + executables())
