"""The DKIM milters that tests/bench/dkim compares: each one runs with a configuration of its own in
a temporary folder, on a unix socket, and is stopped by its pid. Nothing of the host is touched."""

import base64
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from rspamd_config import (  # noqa: E402  (found through the path above)
    MILTER_WORKER, RESULT_HEADER, TOP_LEVEL_DOMAINS, rspamd_command, rspamd_config)

# Not below .test: libunbound, by which OpenDKIM asks, answers that itself.
DOMAIN = "example.org"
ALGORITHMS = ("rsa2048", "ed25519")
PR_SET_PDEATHSIG = 1


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A program that ends with us."""

    def __init__(self, command, log):
        self.log = Path(log)
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                preexec_fn=_die_with_parent)

    def wait_until(self, ready, what, seconds=20.0):
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{what}: not ready\n{self.log.read_text()[-3000:]}")
            time.sleep(0.01)

    def pids(self):
        """The process and all that it started."""
        found, fresh = [], [self.process.pid]
        while fresh:
            pid = fresh.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    fresh.extend(int(child) for child in children.read_text().split())
                except FileNotFoundError:
                    pass  # the thread has ended
        return found

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def accepts(path):
    """Whether somebody listens on the unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


class Keys:
    """A key pair for each algorithm, made on the spot; the selector is the algorithm's name."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.public = {}
        for algorithm in ALGORITHMS:
            self.public[algorithm] = self._make(algorithm)

    def path(self, algorithm):
        return self.folder / f"{algorithm}.pem"

    def seed(self, algorithm):
        """The last 32 bytes of the PKCS#8 form: ed25519's secret."""
        der = self._openssl("pkey", "-in", self.path(algorithm), "-outform", "DER")
        return der[-32:]

    def _make(self, algorithm):
        kind = ["-algorithm", "ed25519"]
        if algorithm.startswith("rsa"):
            kind = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{algorithm[3:]}"]
        self._openssl("genpkey", *kind, "-out", self.path(algorithm))
        self.path(algorithm).chmod(0o600)
        der = self._openssl("pkey", "-in", self.path(algorithm), "-pubout", "-outform", "DER")
        return base64.b64encode(der[-32:] if algorithm == "ed25519" else der).decode()

    @staticmethod
    def _openssl(*arguments):
        return subprocess.run(["openssl", *map(str, arguments)], check=True,
                              capture_output=True).stdout

    def records(self):
        """(name, text) of each TXT record."""
        for algorithm, public in self.public.items():
            kind = "ed25519" if algorithm == "ed25519" else "rsa"
            yield f"{algorithm}._domainkey.{DOMAIN}.", f"v=DKIM1; k={kind}; p={public}"


class Unbound:
    """A name server on port 53 of a loopback address of its own (OpenDKIM knows no other port)."""

    def __init__(self, folder, keys):
        pid = os.getpid()
        self.address = f"127.54.{pid >> 8 & 255}.{pid & 255 or 1}"
        config = Path(folder) / "unbound.conf"
        config.write_text(self._config(folder, keys))
        self.child = Child(["/usr/sbin/unbound", "-d", "-p", "-c", str(config)],
                           Path(folder) / "unbound.log")
        self.child.wait_until(self._answers, "unbound")

    def _config(self, folder, keys):
        lines = [
            "server:", f"  interface: {self.address}", "  port: 53", "  do-daemonize: no",
            '  username: ""', '  chroot: ""', f'  directory: "{folder}"', '  pidfile: ""',
            "  use-syslog: no", "  access-control: 127.0.0.0/8 allow", "  do-ip6: no",
            '  module-config: "iterator"', '  local-zone: "." static']
        for name, text in keys.records():
            strings = " ".join(f'"{text[i:i + 250]}"' for i in range(0, len(text), 250))
            lines.append(f"  local-data: '{name} 3600 IN TXT {strings}'")
        return "\n".join(lines + ["remote-control:", "  control-enable: no", ""])

    def _answers(self):
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x10\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                probe.sendto(query, (self.address, 53))
                return len(probe.recv(512)) > 12
            except OSError:
                return False

    def stop(self):
        self.child.stop()


class Peer:
    """A milter under test. `start` brings it up for one task: "sign" or "verify"."""

    name = ""

    def __init__(self, folder, keys, dns):
        self.folder, self.keys, self.dns = Path(folder), keys, dns
        self.socket = self.folder / f"{self.name}.sock"
        self.child = None

    def available(self):
        return True

    def command(self, task, algorithm):
        """Writes the configuration; the command that runs the milter in the foreground."""
        raise NotImplementedError

    def start(self, task, algorithm):
        self.socket.unlink(missing_ok=True)
        command = self.command(task, algorithm)
        self.child = Child(command, self.folder / f"{self.name}.log")
        self.child.wait_until(lambda: accepts(self.socket), self.name)

    def stop(self):
        if self.child is not None:
            self.child.stop()
            self.child = None

    def pids(self):
        return self.child.pids()


class OpenDkim(Peer):
    name = "opendkim"

    def available(self):
        return os.access("/usr/sbin/opendkim", os.X_OK)

    def command(self, task, algorithm):
        config = self.folder / "opendkim.conf"
        lines = [
            f"Socket local:{self.socket}", "Syslog no", "RequireSafeKeys no",
            f"Nameservers {self.dns.address}", "Canonicalization relaxed/relaxed",
            "AlwaysAddARHeader yes", f"AuthservID mx.{DOMAIN}"]
        if task == "sign":
            signing = "ed25519-sha256" if algorithm == "ed25519" else "rsa-sha256"
            lines += ["Mode s", f"Domain {DOMAIN}", f"Selector {algorithm}",
                      f"KeyFile {self.keys.path(algorithm)}", "InternalHosts 192.0.2.0/24",
                      f"SignatureAlgorithm {signing}", "OversignHeaders From"]
        else:
            lines += ["Mode v", "InternalHosts 203.0.113.1"]
        config.write_text("\n".join(lines) + "\n")
        return ["/usr/sbin/opendkim", "-f", "-x", str(config)]


class Rspamd(Peer):
    """The proxy worker scanning by itself, as rspamd's documentation has it for a milter alone, with
    the DKIM modules and nothing else."""

    name = "rspamd"
    workers = 2

    def available(self):
        return os.access("/usr/bin/rspamd", os.X_OK)

    def command(self, task, algorithm):
        self.folder.chmod(0o755)
        (self.folder / "tld").write_text("\n".join(TOP_LEVEL_DOMAINS))
        config = self.folder / "rspamd.conf"
        config.write_text(self._common(task)
                          + (self._signing(algorithm) if task == "sign" else RESULT_HEADER))
        return rspamd_command(str(self.folder), str(config))

    def start(self, task, algorithm):
        super().start(task, algorithm)
        self.child.wait_until(lambda: len(self.pids()) == self.workers, "rspamd's workers")

    def pids(self):
        """The workers that scan; not the one that compiles regular expressions after the start."""
        return [pid for pid in self.child.pids()
                if b"rspamd_proxy" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def _common(self, task):
        modules = ["dkim", "dkim_signing" if task == "sign" else "milter_headers"]
        return (rspamd_config(str(self.folder), self.dns.address, modules, dns_timeout="1s")
                + MILTER_WORKER.format(socket=f"{self.socket} mode=0666", count=self.workers))

    def _signing(self, algorithm):
        return f"""
dkim_signing {{
  sign_authenticated = true;
  use_domain = "header";
  use_esld = false;
  allow_username_mismatch = true;
  try_fallback = false;
  domain {{ {DOMAIN} {{ path = "{self._key(algorithm)}"; selector = "{algorithm}"; }} }}
}}
"""

    def _key(self, algorithm):
        """rspamd 3.4 reads ed25519 keys as bare base64 alone."""
        if algorithm != "ed25519":
            return self.keys.path(algorithm)
        bare = self.folder / "ed25519.base64"
        bare.write_text(base64.b64encode(self.keys.seed(algorithm)).decode())
        return bare


class GatepostDkim(Peer):
    name = "gatepost-dkim"

    def __init__(self, folder, keys, dns, program):
        super().__init__(folder, keys, dns)
        self.program = Path(program)

    def available(self):
        return os.access(self.program, os.X_OK)

    def command(self, task, algorithm):
        site, config = self.folder / "gatepost.toml", self.folder / "dkim.toml"
        site.write_text(f"""
            [identity]
            hostname = "mx.{DOMAIN}"
            [dns]
            servers = ["{self.dns.address}"]
            [log]
            target = "stderr"
            """)
        table = self.folder / "keys.table"
        table.write_text("".join(f"{DOMAIN} {name} {self.keys.path(name)}\n"
                                 for name in algorithm.split("+")))
        config.write_text(f"""
            mode = "{task}"
            [server]
            socket = "unix:{self.socket}"
            [sign]
            key_table = "{table}"
            """)
        return [str(self.program), "--config", str(config), "--site", str(site)]
