"""The name server and the peers that the situations of arrival_table.py need, in a stack."""

import contextlib

from arrival_peers import Verdict, start_peers
from arrivals import Arrival, Keys, message_of, zone_of
from mail_stack import binary


class ArrivalBench(contextlib.AbstractContextManager):
    """Keys, a name server with all that the arrivals need (and further lines of `zone`), and the
    peers where they are wanted. Close it, or use `with`; the daemons end with the stack."""

    def __init__(self, stack, arrivals, *, peers: bool = True, zone: str = ""):
        self.keys = Keys()
        self.resolver = stack.dns.address.rpartition(".")[0] + ".55"
        path = stack.write("arrivals.zone", zone_of(arrivals, self.keys) + zone)
        server = stack.run("arrivals-dns", [binary("gatepost-test-dns"), path, "--address",
                                            self.resolver, "--port", "53"])
        server.log.await_line(r"^\d+$")
        self.peers = start_peers(stack, self.resolver) if peers else {}

    def message(self, arrival: Arrival) -> bytes:
        return message_of(arrival, self.keys)

    def ask(self, arrival: Arrival, message: bytes) -> dict[str, Verdict]:
        """{peer: its verdict}"""
        return {name: peer.judge(arrival, message) for name, peer in self.peers.items()}

    def __exit__(self, *_):
        for peer in self.peers.values():
            peer.close()


def deviation(verdict: Verdict, arrival: Arrival) -> str:
    """Where the verdict is not the RFC's: "spf=pass does=none"; "" where nowhere."""
    pairs = [(field, getattr(verdict, field), getattr(arrival.expected, field))
             for field in ("spf", "dkim", "arc", "dmarc", "does")]
    return ", ".join(f"{field}={said or 'nothing'}" for field, said, right in pairs
                     if said is not None and said != right)
