"""The name server behind the stack's resolver: nothing exists there, and zones can be broken."""

import socketserver
import struct
import threading

SERVER_FAILURE, NAME_ERROR = 2, 3
# Authority section of a name error: the root's SOA, with every time 0 so that nothing is kept.
ROOT_SOA = b"\0" + struct.pack(">HHIH2s5I", 6, 1, 0, 22, b"\0\0", 1, 0, 0, 0, 0)


def question_of(packet: bytes) -> tuple[str, bytes]:
    """The name asked for, in lower case, and the question section as it stands in the packet."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace").lower())
        at += 1 + packet[at]
    return ".".join(labels), packet[12:at + 5]


class Upstream:
    """Answers on UDP and TCP port 53 of `address`: NXDOMAIN, unless a zone is broken."""

    def __init__(self, address: str):
        self.address = address
        self.broken: dict[str, str] = {}  # zone -> "fail" or "drop"
        self._servers = []

    def start(self):
        upstream = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                packet, s = self.request
                if answer := upstream.answer(packet):
                    s.sendto(answer, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self):
                packet = self.rfile.read(int.from_bytes(self.rfile.read(2), "big"))
                if answer := upstream.answer(packet):
                    self.wfile.write(len(answer).to_bytes(2, "big") + answer)

        self._servers = [socketserver.ThreadingUDPServer((self.address, 53), Udp),
                         socketserver.ThreadingTCPServer((self.address, 53), Tcp)]
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, packet: bytes) -> bytes:
        """The response to a query; b"" for none."""
        name, question = question_of(packet)
        state = next((state for zone, state in self.broken.items()
                      if name == zone or name.endswith("." + zone)), "")
        if state == "drop":
            return b""
        code, authority = (SERVER_FAILURE, b"") if state == "fail" else (NAME_ERROR, ROOT_SOA)
        flags = 0x8400 | 0x80 | code  # a response, authoritative, recursion available
        header = packet[:2] + struct.pack(">5H", flags, 1, 0, 1 if authority else 0, 0)
        return header + question + authority
