"""A server process in the stack's care, its log, and waiting with a deadline."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

from stack.host import die_with_parent


def wait_until(condition, seconds: float, what: str):
    """The first true value of condition(); TimeoutError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


class Log:
    """A growing text file."""

    def __init__(self, path: str):
        self.path = path

    def text(self) -> str:
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def lines(self, pattern: str = "") -> list[str]:
        return [line for line in self.text().splitlines() if re.search(pattern, line)]

    def await_line(self, pattern: str, seconds: float = 10) -> str:
        """The first line that matches, as soon as it is there."""
        return wait_until(lambda: self.lines(pattern), seconds,
                          f"a line with {pattern!r} in {self.path}")[0]


def accepts(endpoint: str, greeting: bytes = b"") -> bool:
    """Whether something listens at "unix:/path" or "inet:port@address", and greets with that line."""
    kind, _, where = endpoint.partition(":")
    family, address = socket.AF_UNIX, where
    if kind != "unix":
        port, _, host = where.partition("@")
        host = host.strip("[]")
        family, address = (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, int(port))
    with socket.socket(family, socket.SOCK_STREAM) as s, contextlib.suppress(OSError):
        s.settimeout(5)
        s.connect(address)
        return not greeting or any(line.startswith(greeting) for line in s.makefile("rb"))
    return False


class Daemon:
    """One process in the foreground, its output in a log file.

    Start it from the main thread: the process dies with the thread that started it.
    """

    def __init__(self, name: str, argv: list[str], log_path: str, env: dict | None = None):
        self.name = name
        self.log = Log(log_path)
        self._argv = argv
        self._env = {**os.environ, **(env or {})}
        self._process = None

    def start(self):
        with open(self.log.path, "ab") as output:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._env,
                start_new_session=True, preexec_fn=die_with_parent)
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def await_ready(self, endpoint: str, seconds: float = 20, greeting: bytes = b""):
        """Waits until `endpoint` accepts connections, and greets with that line where one is
        given; RuntimeError if the process ends before."""
        return self._await(lambda: accepts(endpoint, greeting), seconds, f"listening at {endpoint}")

    def await_log(self, log: Log, pattern: str, seconds: float = 20):
        """The same for a line in a log."""
        return self._await(lambda: log.lines(pattern), seconds, f"saying {pattern!r}")

    def _await(self, condition, seconds: float, what: str):
        def ready():
            if not self.running():
                raise RuntimeError(f"{self.name} ended at its start:\n{self.log.text()}")
            return condition()
        wait_until(ready, seconds, f"{self.name} {what}")
        return self

    def signal(self, number: int):
        self._process.send_signal(number)

    def wait(self, seconds: float = 30) -> int:
        """The exit status; negative where a signal ended it."""
        return self._process.wait(seconds)

    def stop(self, seconds: float = 30) -> int:
        """TERM, then the exit status; KILL when it has not ended in time."""
        if self.running():
            self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        """Ends the process and those it started, at once."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
