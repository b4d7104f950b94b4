"""For tests/integration: the mail stack, and a test case that brings one up per class."""

import os
import sys
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "deploy"))

from stack import (  # noqa: E402  (found through the path above)
    Client, Daemon, Log, MailStack, Milters, MissingTools, ReceivedMail, Reply, Sink,
    enter_namespace, wait_until)

__all__ = [
    "Client", "Daemon", "Log", "MailStack", "Milters", "MissingTools", "ReceivedMail", "Reply",
    "Sink", "StackTest", "binary", "enter_namespace", "main", "skip", "wait_until",
]


def binary(name: str) -> str:
    """The program under test; ctest names the build's folder in GATEPOST_BIN_DIR."""
    folder = os.environ.get("GATEPOST_BIN_DIR", os.path.join(SOURCE, "build/debug/bin"))
    path = os.path.join(folder, name)
    if not os.access(path, os.X_OK):
        skip(f"{path} is not built")
    return path


def skip(reason: str):
    """Skips on a developer's machine; where CI=true nothing may be missing, and it is an error."""
    if os.environ.get("CI") == "true":
        raise RuntimeError(reason)
    raise unittest.SkipTest(reason)


class StackTest(unittest.TestCase):
    """`self.stack` for all tests of the class. Set `stack_options`; add programs in start_programs.

    Tests share the stack, so each looks for its own mail (a Subject or Message-ID of its own).
    """

    stack_options: dict = {}

    @classmethod
    def setUpClass(cls):
        try:
            cls.stack = cls.enterClassContext(MailStack(**cls.stack_options))
        except MissingTools as missing:
            skip(str(missing))
        try:
            cls.start_programs()
        except Exception as error:
            error.add_note(cls.stack.last_words())
            raise

    @classmethod
    def start_programs(cls):
        """To be overridden: milters and keys that the class needs."""

    def run(self, result):
        """Shows, below a test that fails, what the stack's programs said last."""
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(self.stack.last_words(), file=sys.stderr)
        return result


def main():
    """unittest in a namespace of its own. Exit status 77, which ctest counts as skipped, when
    every test was skipped."""
    reason = enter_namespace()
    if reason:
        print(f"no namespace of its own ({reason}): on the machine's loopback", file=sys.stderr)
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if result.wasSuccessful() and result.skipped and len(result.skipped) >= result.testsRun:
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
