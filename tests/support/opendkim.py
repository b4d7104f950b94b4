"""OpenDKIM in the stack, as the peer that signs and verifies beside Gatepost."""

import base64
import subprocess

CONFIG = """\
Background no
Syslog no
LogResults yes
SyslogSuccess yes
Socket {socket}
Mode {mode}
{signing}
Canonicalization {canonicalization}
SignatureAlgorithm {algorithm}
InternalHosts {internal}
ResolverConfiguration {resolver}
AuthservID {authserv_id}
UserID opendkim
RequireSafeKeys no
OversignHeaders From
"""

# OpenDKIM resolves through libunbound, which asks no server on loopback and answers "test" itself
# unless told otherwise.
RESOLVER = """\
server:
  do-not-query-localhost: no
  module-config: "iterator"
  local-zone: "test." nodefault
forward-zone:
  name: "."
  forward-addr: {address}
"""


def make_key(stack, domain: str, selector: str, algorithm: str = "rsa") -> str:
    """A new key pair, its public half in the stack's DNS; returns the private key's path (PEM)."""
    kind = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    if algorithm == "ed25519":
        kind = ["-algorithm", "ed25519"]
    pem = subprocess.run(["openssl", "genpkey", *kind], check=True, capture_output=True).stdout
    stack.dns.add(f"{selector}._domainkey.{domain}", "TXT", key_record(pem, algorithm))
    return stack.write(f"keys/{selector}.{domain}.pem", pem, 0o600)


def key_record(pem: bytes, algorithm: str) -> str:
    """The TXT record of a private key's public half (RFC 6376 section 3.6.1, RFC 8463)."""
    der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem, check=True,
                         capture_output=True).stdout
    # An ed25519 SubjectPublicKeyInfo ends with the 32 bytes of the key.
    public = der[-32:] if algorithm == "ed25519" else der
    return f"v=DKIM1; k={algorithm}; p={base64.b64encode(public).decode()}"


def start_opendkim(stack, port: int, key: str = "", *, domain: str = "example.test",
                   selector: str = "s1", mode: str = "sv", algorithm: str = "rsa-sha256",
                   canonicalization: str = "relaxed/relaxed", authserv_id: str = "peer.example.test"):
    """OpenDKIM at inet:port on the stack's address; mode "s" signs, "v" verifies."""
    name = f"opendkim-{port}"
    internal = "0.0.0.0/0" if mode == "s" else "127.255.255.255"
    socket = f"inet:{port}@{stack.address}"
    signing = f"Domain {domain}\nSelector {selector}\nKeyFile {key}" if key else ""
    resolver = stack.write(f"{name}.unbound", RESOLVER.format(address=stack.dns.address))
    config = stack.write(f"{name}.conf", CONFIG.format(
        socket=socket, mode=mode, signing=signing, algorithm=algorithm,
        canonicalization=canonicalization, internal=internal, resolver=resolver,
        authserv_id=authserv_id))
    return stack.run(name, ["/usr/sbin/opendkim", "-f", "-x", config], socket)
