"""The programs that tests/bench/dmarc compares, each in the same stack: what starts them, which
milters they are, and what they have used."""

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

import gatepost_dmarc  # noqa: E402  (found through the path above)
from mail_stack import binary  # noqa: E402
from opendkim import start_opendkim  # noqa: E402
from opendmarc import start_opendmarc  # noqa: E402
from policyd_spf import PolicydSpf, policyd_spf_command  # noqa: E402
from rspamd import POLICIES, POLICY_MODULES  # noqa: E402
from rspamd_config import (  # noqa: E402
    MILTER_WORKER, RESULT_HEADER, TOP_LEVEL_DOMAINS, rspamd_command, rspamd_config)

PEER_ID = "mx.example.net"
RECIPIENT = "bob@example.net"
TICKS = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """All processes below this one."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, path.read_text().split()):
                found += [child, *children(child)]
        except OSError:
            pass  # the thread has ended
    return found


def cpu_ms(pids, with_ended_children: bool = False) -> float:
    """User and system time; of processes that have ended, only where their parent is asked for."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15 if with_ended_children else 13]))
    return ticks * 1000 / TICKS


class TestDns:
    """gatepost-test-dns on port 53 of an address of the stack; its zone can be replaced."""

    def __init__(self, stack):
        self.address = stack.dns.address.rpartition(".")[0] + ".55"
        self._stack = stack
        path = stack.write("bench.zone", "")
        self._daemon = stack.run("bench-dns", [binary("gatepost-test-dns"), path, "--address",
                                               self.address, "--port", "53"])
        self._daemon.log.await_line(r"^\d+$")

    def serve(self, zone: str):
        """This and nothing else; questions are counted from 0."""
        self._stack.write("bench.zone", zone)
        self._ask(signal.SIGHUP, "^again$")

    def questions(self) -> int:
        return int(self._ask(signal.SIGUSR1, r"^questions \d+$").split()[1])

    def _ask(self, number: int, pattern: str) -> str:
        before = len(self._daemon.log.lines(pattern))
        self._daemon.signal(number)
        deadline = time.monotonic() + 10
        while len(lines := self._daemon.log.lines(pattern)) == before:
            if time.monotonic() > deadline:
                raise TimeoutError("gatepost-test-dns says nothing")
            time.sleep(0.002)
        return lines[-1]


class Program:
    """One candidate."""

    name = ""
    ports: tuple[int, ...] = ()  # of its milters, in the order of Postfix
    policy_service = ""          # for check_policy_service, "" for none

    def start(self, stack, dns: TestDns, local: bool):
        """local: at unix sockets, where small writes do not wait for acknowledgements."""
        folder = f"{stack.folder}/sockets"
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)  # each has a user of its own
        self.milters = [f"unix:{folder}/{port}" if local else f"inet:{port}@{stack.address}"
                        for port in self.ports]
        for path in (milter.removeprefix("unix:") for milter in self.milters):
            Path(path).unlink(missing_ok=True)
        self.daemons = self._start(stack, dns)

    def _start(self, stack, dns: TestDns) -> list:
        """The milters, listening at self.milters."""
        raise NotImplementedError

    def pids(self) -> list[int]:
        """All processes that work on messages."""
        return [pid for daemon in self.daemons for pid in (daemon.pid, *children(daemon.pid))]

    def stop(self):
        for daemon in self.daemons:
            daemon.kill()


class Gatepost(Program):
    """As shipped, which is SPF, DKIM, ARC, DMARC, and the client's PTR and HELO names."""

    name = "gatepost-dmarc"
    ports = (gatepost_dmarc.PORT,)
    options = gatepost_dmarc.Options()
    quiet = True

    def _start(self, stack, dns):
        return [gatepost_dmarc.start_dmarc(
            stack, binary(gatepost_dmarc.PROGRAM), self.options, resolver=dns.address,
            socket=self.milters[0], quiet=self.quiet)]


class GatepostWithAll(Gatepost):
    """With block lists, and with Redis for its journal, reputation and reports."""

    name = "gatepost-dmarc, Redis, 3 block lists"
    options = gatepost_dmarc.Options(
        block_lists=tuple(f"list{i}.example address 127.0.0.2=5" for i in range(3)))
    quiet = False


class Rspamd(Program):
    """Its proxy worker scans by itself, with the modules spf, dkim, arc and dmarc alone."""

    name = "rspamd"
    ports = (11332,)
    workers = 2

    def _start(self, stack, dns):
        folder = os.path.dirname(stack.write("rspamd/tld", "\n".join(TOP_LEVEL_DOMAINS)))
        socket = self.milters[0].removeprefix("unix:")
        if socket.startswith("inet:"):
            socket = f"{stack.address}:{self.ports[0]}"
        else:
            socket += " mode=0666"
        path = stack.write("rspamd/rspamd.conf", rspamd_config(
            folder, dns.address, [*POLICY_MODULES, "milter_headers"])
            + POLICIES.format(sealer="lists.example")
            + MILTER_WORKER.format(socket=socket, count=self.workers) + RESULT_HEADER)
        daemon = stack.run("rspamd", rspamd_command(folder, path), self.milters[0])
        self.daemons = [daemon]
        while len(self.pids()) < self.workers:
            time.sleep(0.05)
        return [daemon]

    def pids(self):
        """The workers that scan, not the one that compiles after the start."""
        return [pid for pid in super().pids()
                if b"rspamd_proxy" in Path(f"/proc/{pid}/cmdline").read_bytes()]


class OpenDkimAndOpenDmarc(Program):
    """OpenDMARC looks SPF up itself, by libspf2."""

    name = "OpenDKIM + OpenDMARC"
    ports = (8893, 8894)
    self_validate = True

    def _start(self, stack, dns):
        return [
            start_opendkim(stack, self.ports[0], mode="v", authserv_id=PEER_ID,
                           resolver=dns.address, socket=self.milters[0]),
            start_opendmarc(stack, self.ports[1], dns.address, authserv_id=PEER_ID,
                            self_validate=self.self_validate, socket=self.milters[1])]


class Chain(OpenDkimAndOpenDmarc):
    """policyd-spf answers Postfix, OpenDMARC believes it."""

    name = "policyd-spf + OpenDKIM + OpenDMARC"
    ports = (8897, 8898)
    self_validate = False

    def start(self, stack, dns, local):
        super().start(stack, dns, local)
        self._command = policyd_spf_command(stack, dns.address, PEER_ID)
        self.policyd = PolicydSpf(stack, dns.address, PEER_ID)
        self._children: list[subprocess.Popen] = []
        self._serve(stack)

    def _serve(self, stack):
        """As Postfix's spawn(8): a process for each connection."""
        chain = self

        class Spawn(socketserver.BaseRequestHandler):
            def handle(self):
                child = subprocess.Popen(chain._command, stdin=self.request, stdout=self.request)
                chain._children.append(child)
                child.wait()

        self._server = socketserver.ThreadingTCPServer((stack.address, 10031), Spawn)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.policy_service = f"inet:{stack.address}:10031"

    def pids(self):
        return super().pids() + [self.policyd.pid] + [child.pid for child in self._children]

    def stop(self):
        super().stop()
        self.policyd.close()
        self._server.shutdown()
        self._server.server_close()
        for child in self._children:
            child.kill()


CANDIDATES = (Gatepost, GatepostWithAll, Rspamd, OpenDkimAndOpenDmarc, Chain)
