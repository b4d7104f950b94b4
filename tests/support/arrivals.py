"""Messages as they arrive from outside, with all that DNS says about their senders: made on the
spot, judged by our program and by its peers. The situations are in arrival_table.py."""

import base64
import dataclasses
import re
import subprocess

RECIPIENT = "bob@receiver.example"
HOSTNAME = "mx.receiver.example"
CLIENT = "192.0.2.1"
TRUSTED_SEALER = "lists.example"

# What all situations share: the sending host, which has no SPF record of its own.
COMMON_ZONE = """\
mx.sender.example A 192.0.2.1
mx.sender.example AAAA 2001:db8::1
1.2.0.192.in-addr.arpa PTR mx.sender.example
receiver.example MX 10 mx.receiver.example
mx.receiver.example A 192.0.2.25
"""

# Selectors whose record is no good, instead of one for the key that signed.
BAD_KEYS = {
    "revoked": 'TXT "v=DKIM1; k=rsa; p="',
    "servfail": "!servfail",
    "gone": "",
}


@dataclasses.dataclass(frozen=True)
class Signature:
    """By dkimpy. selector: "s" (2,048-bit RSA), "weak" (512-bit), "ed" (Ed25519), or one of
    BAD_KEYS. expired: x= in the past; partial: l= and text after it; method: c=."""
    domain: str = "{d}"
    selector: str = "s"
    expired: bool = False
    partial: bool = False
    method: str = "relaxed/relaxed"


@dataclasses.dataclass(frozen=True)
class Expected:
    """By the RFCs. dkim: the results of the signatures, best first; "" means not looked at.
    does: what the domain owner asks for ("none", "quarantine", "reject"), or "refuse" where the
    From field is none that a policy could be asked for."""
    spf: str = "none"
    dkim: str = "none"
    arc: str = "none"
    dmarc: str = "none"
    does: str = "none"


@dataclasses.dataclass(frozen=True)
class Arrival:
    """One situation. "{d}" stands for its own domain, in every text here."""
    name: str
    section: str  # of the RFC that decides
    expected: Expected
    zone: str = ""
    client: str = CLIENT
    helo: str = "mx.sender.example"
    mail_from: str = "alice@{d}"
    author: str | bytes = "From: Alice <alice@{d}>"  # the From field, or several, or none
    signatures: tuple[Signature, ...] = ()
    header: str = ""   # further fields
    changed: bool = False  # the body is, after the signatures were made
    sealers: tuple[str, ...] = ()  # they pass the message on with an ARC set each
    changed_by_last: bool = False  # the last sealer signs a body that it edited

    @property
    def domain(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") + ".example"

    def fill(self, text: str) -> str:
        return re.sub(r"(?<!%)\{d\}", self.domain, text)  # "%{d}" is a macro of SPF

    @property
    def sender(self) -> str:
        return self.fill(self.mail_from)


class Keys:
    """One key of each kind for all situations."""

    def __init__(self):
        self.rsa = _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.weak = _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512")
        self.ed25519 = _openssl("genpkey", "-algorithm", "ed25519")

    def record(self, selector: str) -> str:
        """What stands behind the name of the selector in the zone: ' TXT "..."'."""
        if selector in BAD_KEYS:
            return BAD_KEYS[selector]
        kind = "ed25519" if selector == "ed" else "rsa"
        der = _openssl("pkey", "-pubout", "-outform", "DER", text=self._private(selector))
        public = base64.b64encode(der[-32:] if selector == "ed" else der).decode()
        pieces = " ".join(f'"{piece}"' for piece in re.findall(".{1,200}", public))
        return f'TXT "v=DKIM1; k={kind}; p=" {pieces}'

    def sign(self, message: bytes, domain: str, signature: Signature) -> bytes:
        import dkim  # Debian's python3-dkim

        signer = _Expiring(message) if signature.expired else dkim.DKIM(message)
        algorithm = b"ed25519-sha256" if signature.selector == "ed" else b"rsa-sha256"
        header_method, body_method = signature.method.encode().split(b"/")
        return signer.sign(
            signature.selector.encode(), domain.encode(), self._secret(signature.selector),
            signature_algorithm=algorithm, canonicalize=(header_method, body_method),
            length=signature.partial) + message

    def seal(self, message: bytes, domain: str) -> bytes:
        """Adds one ARC set; the message has an Authentication-Results field of the sealer."""
        import dkim

        fields = dkim.arc_sign(message, b"arc", domain.encode(), self.rsa,
                               f"mx.{domain}".encode())
        return b"".join(fields) + message

    def _private(self, selector: str) -> bytes:
        return {"ed": self.ed25519, "weak": self.weak}.get(selector, self.rsa)

    def _secret(self, selector: str) -> bytes:
        """As dkimpy wants it: an ed25519 key is its bare seed."""
        private = self._private(selector)
        if selector != "ed":
            return private
        return base64.b64encode(base64.b64decode(b"".join(private.splitlines()[1:-1]))[-32:])


def _Expiring(message: bytes):
    """dkimpy's signer, which knows no x=, with one that is long past."""
    import dkim

    class Expiring(dkim.DKIM):
        def gen_header(self, fields, *arguments, **options):
            times = {b"t": b"1000000000"}
            fields = [(name, times.get(name, value)) for name, value in fields]
            return super().gen_header([*fields[:-1], (b"x", b"1000086400"), fields[-1]],
                                      *arguments, **options)
    return Expiring(message)


def _openssl(*arguments: str, text: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=text, check=True,
                          capture_output=True).stdout


def zone_of(arrivals, keys: Keys) -> str:
    """The whole DNS of these situations, in the language of tests/support/dns_zone.h. What several
    of them say stands there once: equal records would be two."""
    lines = COMMON_ZONE.splitlines()
    for arrival in arrivals:
        lines += arrival.fill(arrival.zone).splitlines()
        for signature in arrival.signatures:
            if record := keys.record(signature.selector):
                domain = _a_labels(arrival.fill(signature.domain))
                lines.append(f"{signature.selector}._domainkey.{domain} {record}")
        lines += [f"arc._domainkey.{sealer} {keys.record('arc')}" for sealer in arrival.sealers]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def message_of(arrival: Arrival, keys: Keys) -> bytes:
    """The message as the client sends it."""
    message = _header(arrival) + b"\r\n" + b"Hello,\r\n\r\nhere are the minutes.\r\n"
    for signature in reversed(arrival.signatures):
        message = keys.sign(message, arrival.fill(signature.domain), signature)
    if any(signature.partial for signature in arrival.signatures):
        message += b"And a line that nobody signed.\r\n"
    if arrival.changed:
        message = message.replace(b"Hello,", b"Hallo,")
    for sealer in arrival.sealers:
        message = _pass_on(message, arrival, keys, sealer)
    return message


def _pass_on(message: bytes, arrival: Arrival, keys: Keys, sealer: str) -> bytes:
    last = sealer == arrival.sealers[-1]
    if last and arrival.changed_by_last:
        message += b"-- \r\nThe list's footer\r\n"
    chain = "pass" if b"\r\nARC-Seal:" in b"\r\n" + message else "none"
    results = (f"Authentication-Results: mx.{sealer}; arc={chain};\r\n"
               f" dmarc=pass header.from={arrival.domain}\r\n")
    return keys.seal(results.encode() + message, sealer)


def _header(arrival: Arrival) -> bytes:
    author = arrival.author
    if isinstance(author, str):
        author = arrival.fill(author).encode()
    fields = (f"To: {RECIPIENT}\r\nSubject: {arrival.name}\r\n"
              f"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@{arrival.domain}>\r\n"
              + arrival.fill(arrival.header))
    return (author.replace(b"{d}", arrival.domain.encode()) + b"\r\n" if author else b"") \
        + fields.encode()


def _a_labels(name: str) -> str:
    return name if name.isascii() else name.encode("idna").decode()
