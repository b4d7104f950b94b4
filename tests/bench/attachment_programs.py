"""The programs that tests/bench/attachments compares: gatepost-attachments as shipped, and rspamd
with the module mime_types alone. Both are milters on a unix socket of their own."""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from peers import MILTER_WORKER, TOP_LEVEL_DOMAINS, Child, accepts, rspamd_command, rspamd_config
from usage import cpu_ms

START_SECONDS = 120
SAMPLE_SECONDS = 0.02


def memory_mb(pids, field="Pss") -> float:
    """What they take together; what they share counts once, with "Rss" for each of them."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(f"{field}:"))
    return total / 1024


class MemoryWatch:
    """The most that a program takes while the block runs."""

    def __init__(self, program):
        self.program, self.over = program, threading.Event()
        self.peak = self.resident_peak = 0.0

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self):
        while not self.over.is_set():
            pids = self.program.all_pids()
            self.peak = max(self.peak, memory_mb(pids))
            self.resident_peak = max(self.resident_peak, memory_mb(pids, "Rss"))
            time.sleep(SAMPLE_SECONDS)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Program:
    name = ""

    def __init__(self, binaries):
        self.binaries = Path(binaries)
        self.folder, self.child = None, None

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatepost-bench-"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "socket"
        try:
            self.child = Child(self.command(), self.folder / "log")
            self.child.wait_until(lambda: accepts(self.socket), self.name, START_SECONDS)
            self.await_workers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.child is not None:
            self.child.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def available(self) -> bool:
        raise NotImplementedError

    def command(self) -> list[str]:
        """Writes the configuration; the command that runs it in the foreground."""
        raise NotImplementedError

    def await_workers(self):
        pass

    def evidence(self) -> str:
        """What its log says of the last message."""
        return ""

    def all_pids(self):
        """The program with all its processes."""
        return self.child.pids()

    def load(self, path, sessions, messages, warm_up):
        """Sends a message again and again: (milter_load's figures, ms of processor for each)."""
        words = [self.binaries / "milter_load", "--json", "--verify", "--socket",
                 f"unix:{self.socket}", "--sessions", sessions, "--message", path]
        self._run([*words, "--messages", warm_up])
        before = cpu_ms(self.all_pids())
        figures = self._run([*words, "--messages", messages])
        return figures, (cpu_ms(self.all_pids()) - before) / messages

    @staticmethod
    def _run(words):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout)


class GatepostAttachments(Program):
    """As shipped, the store in memory."""

    name = "gatepost-attachments"
    sections = ""

    def available(self):
        return (self.binaries / "gatepost-attachments").exists()

    def evidence(self):
        lines = [line for line in (self.folder / "log").read_text(errors="replace").splitlines()
                 if " rule=" in line]
        return lines[-1].partition(" rule=")[2] if lines else ""

    def command(self):
        site, config = self.folder / "gatepost.toml", self.folder / "attachments.toml"
        (self.folder / "state").mkdir()
        site.write_text('[identity]\nhostname = "mx.example.org"\n[store]\nurl = "memory:"\n'
                        f'state_directory = "{self.folder}/state"\n[log]\ntarget = "stderr"\n')
        config.write_text(f'[server]\nsocket = "unix:{self.socket}"\n{self.sections}')
        return [str(self.binaries / "gatepost-attachments"), "--config", str(config), "--site",
                str(site)]


class RspamdMimeTypes(Program):
    """The proxy worker scanning by itself, as rspamd's documentation has it for a milter alone, with
    the module mime_types, its shipped map of types, and nothing else. Its log has errors only."""

    name = "rspamd, mime_types"
    workers = 2

    def available(self):
        return shutil.which("rspamd") is not None

    def command(self):
        (self.folder / "tld").write_text("\n".join(TOP_LEVEL_DOMAINS))
        config = self.folder / "rspamd.conf"
        config.write_text(
            rspamd_config(str(self.folder), "127.0.0.1", ["mime_types"]).replace(
                "max_message = 60000000", "max_message = 300000000")
            + MILTER_WORKER.format(socket=f"{self.socket} mode=0666", count=self.workers)
            + 'mime_types { file = "/etc/rspamd/maps.d/mime_types.inc"; extension_map = { html = '
              '"text/html"; txt = ["text/plain"]; pdf = ["application/octet-stream", '
              '"application/pdf"]; } }\n'
              'group "mime_types" { .include "/etc/rspamd/scores.d/mime_types_group.conf" }\n')
        return rspamd_command(str(self.folder), str(config))

    def await_workers(self):
        self.child.wait_until(lambda: len(self._scanners()) == self.workers, "rspamd's workers",
                              START_SECONDS)

    def _scanners(self):
        return [pid for pid in self.child.pids()
                if b"rspamd_proxy" in Path(f"/proc/{pid}/cmdline").read_bytes()]


CANDIDATES = (GatepostAttachments, RspamdMimeTypes)
