"""DNS of the stack: unbound that answers what it was told, behind it a server without names."""

import socket

from stack.daemon import Daemon, wait_until
from stack.upstream import Upstream

CONFIG = """\
server:
  interface: {address}
  port: 53
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  log-queries: yes
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  local-zone: "test." nodefault
forward-zone:
  name: "."
  forward-addr: {upstream}
remote-control:
  control-enable: yes
  control-interface: {control}
  control-use-cert: no
"""


def quote_txt(text: str) -> str:
    """A TXT value as character-strings of up to 255 bytes."""
    pieces = [text[i:i + 255] for i in range(0, len(text), 255)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)


class NameServer:
    def __init__(self, address: str, upstream_address: str, folder: str):
        self.address = address
        self._upstream = Upstream(upstream_address)
        self._control = f"{folder}/unbound.ctl"
        config = f"{folder}/unbound.conf"
        with open(config, "w") as file:
            file.write(CONFIG.format(address=address, folder=folder, control=self._control,
                                     upstream=upstream_address))
        self.daemon = Daemon("unbound", ["/usr/sbin/unbound", "-d", "-c", config],
                             f"{folder}/unbound.log")

    def start(self):
        self._upstream.start()
        self.daemon.start()

    def kill(self):
        self.daemon.kill()
        self._upstream.stop()

    def await_ready(self):
        self.daemon.await_ready(f"unix:{self._control}")

    def add(self, name: str, kind: str, value: str, ttl: int = 60):
        """add("s1._domainkey.example.test", "TXT", "v=DKIM1; ..."): answered from now on."""
        data = quote_txt(value) if kind.upper() == "TXT" else value
        self._command(f"local_data {name.rstrip('.')}. {ttl} IN {kind} {data}")

    def add_pointer(self, address: str, name: str):
        """A PTR record of an IPv4 address."""
        reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
        self.add(reverse, "PTR", f"{name}.")

    def remove(self, name: str):
        self._command(f"local_data_remove {name}")

    def drop(self, zone: str):
        """No answer for anything below `zone` that was not added: the client waits in vain."""
        self._upstream.broken[zone] = "drop"

    def fail(self, zone: str):
        """SERVFAIL for everything below `zone` that was not added."""
        self._upstream.broken[zone] = "fail"

    def mend(self, zone: str):
        """Undoes drop and fail; what the resolver remembers of the failure is forgotten."""
        self._upstream.broken.pop(zone, None)
        self._command(f"flush_zone {zone}")

    def queries(self, name: str, kind: str = "TXT") -> int:
        """How often was asked for it."""
        return len(self.daemon.log.lines(rf"(?i)info: \S+ {name}\. {kind} IN$"))

    def await_queries(self, name: str, count: int, kind: str = "TXT", seconds: float = 10):
        wait_until(lambda: self.queries(name, kind) >= count, seconds, f"{count} queries for {name}")

    def _command(self, text: str):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(self._control)
            s.sendall(f"UBCT1 {text}\n".encode())
            answer = b"".join(iter(lambda: s.recv(4096), b"")).decode()
        if not answer.startswith(("ok", "removed", "added")):
            raise RuntimeError(f"unbound: {text[:60]}: {answer.strip()}")
