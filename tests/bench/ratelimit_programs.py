"""The programs that tests/bench/ratelimit compares. Each one runs with a configuration of its own
in a temporary folder and counts in a Redis of its own, or in SQLite; nothing of the host is
touched. All have the same limits of recipients by user."""

import json
import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from peers import MILTER_WORKER, TOP_LEVEL_DOMAINS, Child, accepts, rspamd_command, rspamd_config

POLICYD = "/usr/bin/policyd-rate-limit"
START_SECONDS = 120  # rspamd takes its time on a busy machine
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_ms(pids):
    """User and system time of processes that live."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(int(each[11]) + int(each[12]) for each in fields) * 1000 / TICKS


class Redis:
    """A private redis-server on a port of loopback, which keeps nothing on disk."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.child = Child(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                            "--save", "", "--appendonly", "no", "--dir", str(folder)],
                           Path(folder) / "redis.log")
        self.child.wait_until(lambda: self._command("PING") == "PONG", "redis-server")
        self.pid = self.child.process.pid

    def _command(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True,
                              text=True, check=False)
        return done.stdout.strip()

    def info(self, section):
        """{name: value}; of commandstats {command: calls}."""
        pairs = [line.strip().partition(":")[::2] for line in self._command("INFO", section).split("\n")
                 if ":" in line]
        if section != "commandstats":
            return dict(pairs)
        return {name.removeprefix("cmdstat_"): self._numbers(text) for name, text in pairs}

    @staticmethod
    def _numbers(text):
        return {name: float(value) for name, value in (part.split("=") for part in text.split(","))}

    def stop(self):
        self.child.stop()


class Program:
    """One candidate, with what it stores in."""

    name = ""
    in_redis = True
    most_messages = None  # for one figure; None: as many as of the others
    temp = None  # where its folder is; None: where all temporary files are

    def __init__(self, binaries, limits):
        """limits: [(recipients, seconds)]."""
        self.binaries, self.limits = Path(binaries), limits
        self.folder, self.redis, self.child = None, None, None

    def available(self):
        return True

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatepost-bench-", dir=self.temp))
        self.folder.chmod(0o755)
        self.socket = self.folder / "socket"
        try:
            if self.in_redis:
                self.redis = Redis(self.folder)
            self.child = Child(self.command(), self.folder / "log")
            self.child.wait_until(lambda: accepts(self.socket), self.name, START_SECONDS)
            self.await_workers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in (self.child, self.redis):
            if child is not None:
                child.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self):
        """Writes the configuration; the command that runs it in the foreground."""
        raise NotImplementedError

    def await_workers(self):
        pass

    def pids(self):
        """Its own processes; not those of Redis."""
        return self.child.pids()

    def load(self, sessions, messages, users, recipients=1, rate=0):
        """Sends the messages of the users in turn; milter_load's figures."""
        words = [self.binaries / "milter_load", "--json", "--sign", "--socket",
                 f"unix:{self.socket}", "--sessions", sessions, "--messages", messages, "--users",
                 users, "--recipients", recipients, "--rate", rate]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return json.loads(done.stdout)


class Gatepost(Program):
    """As shipped: with the detector, a shadow limit, the journal, a line in the log a message."""

    name = "gatepost-ratelimit"
    sections = ""
    store_deadline = "40ms"

    def available(self):
        return (self.binaries / "gatepost-ratelimit").exists()

    def command(self):
        site, config = self.folder / "gatepost.toml", self.folder / "ratelimit.toml"
        state = self.folder / "state"
        state.mkdir()
        site.write_text(f"""
            [identity]
            hostname = "mx.example.org"
            [store]
            url = "redis://127.0.0.1:{self.redis.port}"
            state_directory = "{state}"
            deadline = "{self.store_deadline}"
            [log]
            target = "stderr"
            """)
        config.write_text(f"""
            [server]
            socket = "unix:{self.socket}"
            [limits]
            limits = [{", ".join(f'"{line}"' for line in self.limit_lines())}]
            {self.sections}
            """)
        return [str(self.binaries / "gatepost-ratelimit"), "--config", str(config), "--site",
                str(site)]

    def limit_lines(self):
        windows = {3600: "hour", 86400: "day"}
        return [f"{amount} recipients / {windows[seconds]} by user"
                for amount, seconds in self.limits] + ["200 new-recipients / day by user mode=shadow"]


class GatepostLimits(Gatepost):
    """The limits that the others have, and nothing else but the journal."""

    name = "gatepost-ratelimit, limits only"
    sections = '[detector]\n            mode = "off"'

    def limit_lines(self):
        return super().limit_lines()[:-1]


class Rspamd(Program):
    """The proxy worker scanning by itself, with the module ratelimit and nothing else. Its log has
    errors only."""

    name = "rspamd"
    workers = 2
    more = ""

    def available(self):
        return Path("/usr/bin/rspamd").exists()

    def command(self):
        (self.folder / "tld").write_text("\n".join(TOP_LEVEL_DOMAINS))
        buckets = " ".join(f'{{ burst = {amount}; rate = "{amount} / {seconds}s"; }}'
                           for amount, seconds in self.limits)
        config = self.folder / "rspamd.conf"
        config.write_text(
            rspamd_config(str(self.folder), "127.0.0.1", ["ratelimit"])
            + MILTER_WORKER.format(socket=f"{self.socket} mode=0666", count=self.workers)
            + f"""
redis {{ servers = "127.0.0.1:{self.redis.port}"; }}
ratelimit {{
  rates {{ user = {{ bucket = [ {buckets.replace("} {", "}, {")} ]; }} }}
  {self.more}
}}
""")
        return rspamd_command(str(self.folder), str(config))

    def await_workers(self):
        self.child.wait_until(lambda: len(self.pids()) == self.workers, "rspamd's workers",
                              START_SECONDS)

    def pids(self):
        """The workers that scan; not the one that compiles regular expressions after the start."""
        return [pid for pid in self.child.pids()
                if b"rspamd_proxy" in Path(f"/proc/{pid}/cmdline").read_bytes()]


class RspamdFixed(Rspamd):
    """Without buckets that grow with what is ham."""

    name = "rspamd, buckets fixed"
    more = "max_rate_mult = 1; max_bucket_mult = 1;"


class Policyd(Program):
    """As shipped: on SQLite on a disk, with its debugging output."""

    name = "policyd-rate-limit"
    in_redis = False
    most_messages = 1000  # each waits for the disk
    debug = True

    def available(self):
        return Path(POLICYD).exists()

    def command(self):
        config = self.folder / "policyd.yaml"
        limits = "".join(f"  - [{amount}, {seconds}]\n" for amount, seconds in self.limits)
        config.write_text(f"""\
debug: {self.debug}
user: "root"
group: "root"
pidfile: "{self.folder}/policyd.pid"
sqlite_config:
  database: "{self.folder}/db.sqlite3"
backend: 0
SOCKET: "{self.socket}"
limits:
{limits}""")
        return [POLICYD, "--file", str(config)]

    def load(self, sessions, messages, users, recipients=1, rate=0):
        return PolicyLoad(self.socket, messages, users).run(sessions)


class PolicydInMemory(Policyd):
    """Without that output, and never waiting for a disk."""

    name = "policyd-rate-limit, quiet, in memory"
    temp = "/dev/shm"
    most_messages = None
    debug = False


class PolicyLoad:
    """Postfix's side of the policy protocol: sessions that ask at each RCPT, without a pause."""

    def __init__(self, path, messages, users):
        self.path, self.messages, self.users = str(path), messages, users
        self.begun = self.finished = 0
        self.accepted = {}
        self.times = []

    def run(self, sessions):
        selector = selectors.DefaultSelector()
        for _ in range(min(sessions, self.messages)):
            client = socket.socket(socket.AF_UNIX)
            client.connect(self.path)
            selector.register(client, selectors.EVENT_READ, self._ask(client))
        began = time.monotonic()
        while self.finished < self.messages:
            for key, _ in selector.select():
                answer = key.fileobj.recv(4096).decode()
                self._note(answer, *key.data)
                if self.begun < self.messages:
                    selector.modify(key.fileobj, selectors.EVENT_READ, self._ask(key.fileobj))
                else:  # it ends when a client hangs up before the answer
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
        seconds = time.monotonic() - began
        counts = sorted(self.accepted.values())
        self.times.sort()
        return {"messages": self.finished, "messages_per_second": self.finished / seconds,
                "verdicts": {"continue": sum(counts)},
                "accepted_of_a_user_min": counts[0], "accepted_of_a_user_max": counts[-1],
                "message_ms_p50": self.times[len(self.times) // 2] * 1000,
                "message_ms_p99": self.times[len(self.times) * 99 // 100] * 1000}

    def _ask(self, client):
        number = self.begun
        self.begun += 1
        user = f"user{number % self.users:04}"
        self.accepted.setdefault(user, 0)
        client.sendall(f"""\
request=smtpd_access_policy
protocol_state=RCPT
protocol_name=ESMTP
helo_name=client.example.org
queue_id=
sender={user}@example.org
recipient=friend0@{user}.example.net
recipient_count=0
client_address=192.0.2.7
client_name=client.example.org
reverse_client_name=client.example.org
instance={number:x}.1
sasl_method=PLAIN
sasl_username={user}
sasl_sender=
size=10000
client_port=45678
server_port=587

""".encode())
        return user, time.monotonic()

    def _note(self, answer, user, began):
        self.times.append(time.monotonic() - began)
        self.finished += 1
        if answer.startswith("action=dunno"):
            self.accepted[user] += 1


CANDIDATES = (Gatepost, GatepostLimits, Rspamd, RspamdFixed, Policyd, PolicydInMemory)
