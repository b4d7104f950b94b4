"""What our program and its peers say of a message that arrives. Each peer is asked in the way that
it is used: milters by the milter protocol, one behind the other, policyd-spf by Postfix's policy
protocol, rspamd by HTTP, dkimpy as a library."""

import dataclasses
import re

from arrivals import HOSTNAME, RECIPIENT, TRUSTED_SEALER, Arrival
from mailer import Mailer
from opendkim import start_opendkim
from opendmarc import start_opendmarc
from policyd_spf import PolicydSpf
from rspamd import Rspamd

PEER_ID = "peer.receiver.example"
OPENDKIM_PORT, OPENDMARC_PORT, RSPAMD_PORT = 8893, 8894, 11333
PEERS = ("rspamd", "opendmarc", "dkimpy")  # "opendmarc": the chain policyd-spf, OpenDKIM, OpenDMARC


@dataclasses.dataclass(frozen=True)
class Verdict:
    """As Expected in arrivals.py; None where the peer has no opinion on the subject at all."""
    spf: str | None = None
    dkim: str | None = None
    arc: str | None = None
    dmarc: str | None = None
    does: str | None = None


BEST_FIRST = ("pass", "neutral", "policy", "fail", "permerror", "temperror", "none")


def in_order(results) -> str:
    """Results of signatures as one text, best first; "none" for no signature."""
    return " ".join(sorted(results, key=BEST_FIRST.index)) or "none"


def results_by(message: bytes, authserv_id: str) -> list[tuple[str, str, str]]:
    """(method, result, the rest with comments) of all results that this authserv-id wrote."""
    header = re.sub(r"\r?\n[ \t]+", " ", message.partition(b"\r\n\r\n")[0].decode(errors="replace"))
    found = []
    for value in re.findall(r"(?im)^Authentication-Results:\s*(.*?)\s*$", header):
        identity, _, rest = value.partition(";")
        if identity.split()[0].lower() != authserv_id:
            continue
        for piece in re.split(r";\s*(?=[a-z-]+=)", rest):
            if match := re.match(r"\s*([a-z-]+)=(\w+)(.*)", piece):
                found.append(match.groups())
    return found


class OpenChain:
    """policyd-spf, then OpenDKIM, then OpenDMARC."""

    def __init__(self, stack, resolver: str):
        start_opendkim(stack, OPENDKIM_PORT, mode="v", authserv_id=PEER_ID, resolver=resolver)
        start_opendmarc(stack, OPENDMARC_PORT, resolver, authserv_id=PEER_ID)
        self._policyd = PolicydSpf(stack, resolver, PEER_ID)
        self._milters = [Mailer(f"inet:{port}@{stack.address}")
                         for port in (OPENDKIM_PORT, OPENDMARC_PORT)]

    def judge(self, arrival: Arrival, message: bytes) -> Verdict:
        envelope = {"client": arrival.client, "helo": arrival.fill(arrival.helo),
                    "mail_from": arrival.sender}
        message = self._policyd.header(arrival.client, envelope["helo"], arrival.sender,
                                       RECIPIENT) + message
        for milter in self._milters:
            outcome = milter.send(message, **envelope)
            if outcome.verdict not in ("continue", "accept"):
                return Verdict(does=outcome.reply[:3] or outcome.verdict)
            message = outcome.message
        return self._read(results_by(message, PEER_ID), bool(arrival.sender))

    @staticmethod
    def _read(results, has_sender: bool) -> Verdict:
        by_method = {method: (result, rest) for method, result, rest in results}
        dmarc, rest = by_method.get("dmarc", ("", ""))
        policy = re.search(r"\bp=(\w+)", rest)
        does = policy.group(1).lower() if policy and dmarc == "fail" else "none"
        dkim = in_order(result for method, result, _ in results if method == "dkim")
        spf, identity = by_method.get("spf", ("none", ""))
        if has_sender and "smtp.mailfrom" not in identity:
            spf = "none"  # of MAIL FROM; policyd-spf then tells of HELO
        return Verdict(spf, dkim, None, dmarc or "none", does)

    def close(self):
        for child in (self._policyd, *self._milters):
            child.close()


class RspamdPolicies:
    """rspamd with its modules spf, dkim, arc and dmarc."""

    SYMBOLS = {
        "spf": {"R_SPF_ALLOW": "pass", "R_SPF_FAIL": "fail", "R_SPF_SOFTFAIL": "softfail",
                "R_SPF_NEUTRAL": "neutral", "R_SPF_NA": "none", "R_SPF_PERMFAIL": "permerror",
                "R_SPF_DNSFAIL": "temperror"},
        "dkim": {"R_DKIM_ALLOW": "pass", "R_DKIM_REJECT": "fail", "R_DKIM_TEMPFAIL": "temperror",
                 "R_DKIM_PERMFAIL": "permerror"},
        "arc": {"ARC_ALLOW": "pass", "ARC_REJECT": "fail", "ARC_INVALID": "fail",
                "ARC_DNSFAIL": "temperror"},
        "dmarc": {"DMARC_POLICY_ALLOW": "pass", "DMARC_POLICY_REJECT": "fail",
                  "DMARC_POLICY_QUARANTINE": "fail", "DMARC_POLICY_SOFTFAIL": "fail",
                  "DMARC_NA": "none", "DMARC_BAD_POLICY": "permerror",
                  "DMARC_DNSFAIL": "temperror"},
        "does": {"DMARC_POLICY_REJECT": "reject", "DMARC_POLICY_QUARANTINE": "quarantine"},
    }

    def __init__(self, stack, resolver: str):
        self._rspamd = Rspamd(stack, port=RSPAMD_PORT, trusted_sealer=TRUSTED_SEALER,
                              resolver=resolver).start()

    def judge(self, arrival: Arrival, message: bytes) -> Verdict:
        symbols = self._rspamd.check(message, {
            "IP": arrival.client, "Helo": arrival.fill(arrival.helo), "From": arrival.sender,
            "Rcpt": RECIPIENT})["symbols"]
        def of(subject):
            names = self.SYMBOLS[subject]
            return [result for symbol, result in names.items() if symbol in symbols
                    for _ in symbols[symbol].get("options") or [""]]
        def one(subject):
            return (of(subject) or ["none"])[0]
        does = "none" if "ARC_ALLOW_TRUSTED" in symbols else one("does")
        return Verdict(one("spf"), in_order(of("dkim")), one("arc"), one("dmarc"), does)

    def close(self):
        pass


class Dkimpy:
    """DKIM and ARC alone; asks the same name server."""

    def __init__(self, stack, resolver: str):
        import dns.resolver

        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [resolver]
        self._resolver.lifetime = 5

    def judge(self, arrival: Arrival, message: bytes) -> Verdict:
        import dkim

        signatures = len(re.findall(rb"(?im)^DKIM-Signature:", message.partition(b"\r\n\r\n")[0]))
        results = in_order(self._signature(message, index) for index in range(signatures))
        try:
            chain = dkim.arc_verify(message, dnsfunc=self._text)[0].decode()
        except Exception as error:  # whatever the library throws is its verdict
            chain = type(error).__name__
        return Verdict(dkim=results, arc=chain)

    def _signature(self, message: bytes, index: int) -> str:
        import dkim
        import dns.exception

        try:
            return "pass" if dkim.DKIM(message).verify(idx=index, dnsfunc=self._text) else "fail"
        except dns.exception.DNSException:
            return "temperror"
        except dkim.DKIMException:
            return "fail"

    def _text(self, name: bytes, timeout: float = 5) -> bytes | None:
        import dns.resolver

        try:
            answer = self._resolver.resolve(name.decode(), "TXT")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        return b"".join(answer[0].strings)

    def close(self):
        pass


def start_peers(stack, resolver: str) -> dict[str, object]:
    """{peer: what judges}; resolver: an address with a name server on port 53."""
    kinds = {"rspamd": RspamdPolicies, "opendmarc": OpenChain, "dkimpy": Dkimpy}
    return {name: kinds[name](stack, resolver) for name in PEERS}


def our_verdict(message: bytes, reply: str = "") -> Verdict:
    """What gatepost-dmarc wrote, with the option judge_only of gatepost_dmarc.py; where it refused,
    the reply alone tells."""
    if reply.startswith(("4", "5")):
        return Verdict(does="refuse" if reply.startswith("5") else "defer")
    results = results_by(message, HOSTNAME)
    by_method = {method: (result, rest) for method, result, rest in reversed(results)}
    own, tags = by_method.get("x-gatepost", ("", ""))
    quarantined = own == "tag" and re.search(r"policy\.tag=\S*\bdmarc\b", tags)
    dkim = in_order(result for method, result, _ in results
                    if method == "dkim" and result != "none")
    return Verdict(by_method.get("spf", ("none", ""))[0], dkim,
                   by_method.get("arc", ("none", ""))[0], by_method.get("dmarc", ("", ""))[0],
                   "reject" if own == "hold" else "quarantine" if quarantined else "none")
