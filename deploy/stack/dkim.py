"""gatepost-dkim and its keys in the stack."""

import base64
import dataclasses
import subprocess
from collections.abc import Sequence

from stack.daemon import Daemon
from stack.mail_stack import MailStack
from stack.site import site_file

SIGNER_PORT, VERIFIER_PORT = 8891, 8892

@dataclasses.dataclass(frozen=True)
class Key:
    """A key pair whose public half stands in the stack's DNS."""
    domain: str
    selector: str
    algorithm: str  # "rsa" or "ed25519"
    path: str       # of the private half, PEM
    record: str     # the TXT record

    def seed(self) -> bytes:
        """An ed25519 key's secret: the last 32 bytes of the PKCS#8 form."""
        with open(self.path, "rb") as file:
            lines = file.read().splitlines()
        return base64.b64decode(b"".join(lines[1:-1]))[-32:]


def make_key(stack: MailStack, domain: str, selector: str, algorithm: str = "rsa",
             bits: int = 2048) -> Key:
    """A new key pair, published."""
    kind = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"]
    if algorithm == "ed25519":
        kind = ["-algorithm", "ed25519"]
    pem = subprocess.run(["openssl", "genpkey", *kind], check=True, capture_output=True).stdout
    record = key_record(pem, algorithm)
    stack.dns.add(f"{selector}._domainkey.{domain}", "TXT", record)
    path = stack.write(f"keys/{selector}.{domain}.pem", pem, 0o600)
    return Key(domain, selector, algorithm, path, record)


def key_record(pem: bytes, algorithm: str) -> str:
    """The TXT record of a private key's public half (RFC 6376 section 3.6.1, RFC 8463)."""
    der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem, check=True,
                         capture_output=True).stdout
    # An ed25519 SubjectPublicKeyInfo ends with the 32 bytes of the key.
    public = der[-32:] if algorithm == "ed25519" else der
    return f"v=DKIM1; k={algorithm}; p={base64.b64encode(public).decode()}"


def publish(stack: MailStack, key: Key, selector: str) -> Key:
    """The same key under a further selector: making an RSA key costs more than a test of it."""
    stack.dns.add(f"{selector}._domainkey.{key.domain}", "TXT", key.record)
    return dataclasses.replace(key, selector=selector)


def start_signer(stack: MailStack, binary: str, keys: Sequence[Key], options: str = "",
                 rows: str = "", port: int = SIGNER_PORT, mode: str = "sign") -> Daemon:
    """gatepost-dkim in mode "sign" (or "both") for mail that leaves. options: further lines of
    [sign]; rows: further rows of its key table."""
    table = "".join(f"{key.domain} {key.selector} {key.path}\n" for key in keys) + rows
    path = stack.write(f"dkim-{port}.keys", table)
    text = (f'mode = "{mode}"\n[server]\nsocket = "inet:{port}@{stack.address}"\n'
            f'[sign]\nkey_table = "{path}"\n{options}')
    return _start(stack, binary, port, text)


def start_verifier(stack: MailStack, binary: str, options: str = "",
                   port: int = VERIFIER_PORT, resolver: str = "") -> Daemon:
    """gatepost-dkim in mode "verify" for mail that arrives. options: lines of [verify];
    resolver: another name server than the stack's."""
    text = (f'mode = "verify"\n[server]\nsocket = "inet:{port}@{stack.address}"\n'
            f'[verify]\n{options}')
    return _start(stack, binary, port, text, resolver)


def _start(stack: MailStack, binary: str, port: int, text: str, resolver: str = "") -> Daemon:
    return stack.start_milter(
        binary, port, {"dkim.toml": text, "gatepost.toml": site_file(stack, resolver)})
