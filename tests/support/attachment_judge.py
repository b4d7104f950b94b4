"""gatepost-attachments alone, with its store in memory and its log read, and messages handed to it
over the milter protocol. The names of its options that tests use stand here alone."""

import concurrent.futures
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import usage
from mail_stack import binary
from mailer import Mailer

PROGRAM = "gatepost-attachments"
SCANNER = "gatepost-attachment-scanner"  # which it starts from its own folder
TAG_HEADER = "X-Gatepost-Attachments"
START_SECONDS = 60

# From the mildest on; "defer" is no decision: the program had trouble.
ACTIONS = ("defer", "pass", "tag", "replace", "quarantine", "discard", "refuse")

SITE = """\
[identity]
hostname = "mx.receiver.example"
[store]
url = "{store}"
state_directory = "{folder}/state"
[log]
target = "stderr"
"""


@dataclasses.dataclass(frozen=True)
class Judged:
    """What became of one message."""
    action: str
    text: str = ""      # the reply, the reason for the hold, or the tag
    log: str = ""       # the program's line about it
    milliseconds: float = 0
    queued: bytes = b""  # the message as it would go on


class Attachments:
    """The program on a unix socket of its own; everything in a temporary folder. sections: lines of
    attachments.toml behind [server]."""

    def __init__(self, sections: str = "", store: str = "memory:", binaries: str = ""):
        self.binary = os.path.join(binaries, PROGRAM) if binaries else binary(PROGRAM)
        if not binaries:
            binary(SCANNER)
        self.sections, self.store = sections, store
        self.folder, self.child = None, None

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatepost-attachments-"))
        self.folder.chmod(0o755)
        (self.folder / "state").mkdir()
        self.socket = self.folder / "socket"
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        site, config = self.folder / "gatepost.toml", self.folder / "attachments.toml"
        site.write_text(SITE.format(folder=self.folder, store=self.store))
        config.write_text(f'[server]\nsocket = "unix:{self.socket}"\n{self.sections}')
        with open(self.folder / "log", "wb") as log:
            self.child = subprocess.Popen([self.binary, "-c", config, "--site", site],
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.socket.exists():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{PROGRAM} does not start\n{self.log()[-3000:]}")
            time.sleep(0.01)

    def __exit__(self, *_):
        if self.child is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> int:
        """Ends it; its exit status. The log stays until the block is left."""
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def all_pids(self) -> list[int]:
        """With its scanner processes."""
        return [self.child.pid, *usage.children(self.child.pid)]

    def judge_all(self, messages: dict[str, bytes], at_once: int = 4) -> dict[str, Judged]:
        """What it decides about each; several at a time."""
        names = list(messages)
        queue_ids = {name: f"4GPz{number:05}a" for number, name in enumerate(names)}
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            shares = [names[start::at_once] for start in range(at_once)]
            parts = list(pool.map(lambda share: self._judge_share(share, messages, queue_ids),
                                  shares))
        found = {name: judged for part in parts for name, judged in part.items()}
        lines = self._lines()
        return {name: dataclasses.replace(found[name], log=lines.get(queue_ids[name], ""))
                for name in names}

    def _judge_share(self, share, messages, queue_ids) -> dict[str, Judged]:
        mailer = Mailer(f"unix:{self.socket}")
        try:
            return {name: self._judge(mailer, messages[name], queue_ids[name]) for name in share}
        finally:
            mailer.close()

    @staticmethod
    def _judge(mailer, message, queue) -> Judged:
        outcome = mailer.send(message, client="192.0.2.1", helo="mail.sender.example",
                              mail_from="alice@sender.example", client_name="mail.sender.example",
                              queue_id=queue)
        return Judged(*action_of(outcome, message), milliseconds=outcome.milliseconds,
                      queued=outcome.message)

    def _lines(self) -> dict[str, str]:
        """The line about each message, by its queue id."""
        return {match[1]: line for line in self.log().splitlines() if "judged" in line
                and (match := re.search(r"\b(4GPz\d{5}a)\b", line))}


def body_of(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n").partition(b"\n\n")[2]


def action_of(outcome, message: bytes) -> tuple[str, str]:
    """What the milter's answer means: (action, text)."""
    if outcome.verdict in ("reject", "discard"):
        return {"reject": "refuse", "discard": "discard"}[outcome.verdict], outcome.reply
    if outcome.verdict not in ("continue", "accept"):
        return "defer", f"{outcome.verdict} {outcome.reply}"
    if outcome.quarantine:
        return "quarantine", outcome.quarantine
    tag = re.search(rb"(?im)^" + TAG_HEADER.encode() + rb":\s*(.*?)\r?$", outcome.message)
    if body_of(outcome.message) != body_of(message):
        return "replace", ""
    if tag and not re.search(rb"(?im)^" + TAG_HEADER.encode() + rb":", message):
        return "tag", tag[1].decode(errors="replace")
    return "pass", ""
