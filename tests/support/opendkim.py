"""OpenDKIM in the stack, as the peer that signs and verifies beside Gatepost."""

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
{resolver}
AuthservID {authserv_id}
UserID opendkim
RequireSafeKeys no
MaximumSignaturesToVerify 50
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


def start_opendkim(stack, port: int, key=None, *, mode: str = "sv", algorithm: str = "rsa-sha256",
                    canonicalization: str = "relaxed/relaxed",
                    authserv_id: str = "peer.example.test", resolver: str = "", socket: str = ""):
    """OpenDKIM at inet:port on the stack's address, or at another socket ("unix:/path"): mode "s"
    signs with `key`, "v" verifies. resolver: another name server than the stack's, for names that
    are not below .test. It does not die under load, as OpenDKIM does of a configuration of its own
    for libunbound: each thread reads that, with a parser that is not made for it."""
    name = f"opendkim-{port}"
    internal = "0.0.0.0/0" if mode == "s" else "127.255.255.255"
    socket = socket or f"inet:{port}@{stack.address}"
    signing = f"Domain {key.domain}\nSelector {key.selector}\nKeyFile {key.path}" if key else ""
    unbound = stack.write(f"{name}.unbound", RESOLVER.format(address=stack.dns.address))
    asked = f"Nameservers {resolver}" if resolver else f"ResolverConfiguration {unbound}"
    config = stack.write(f"{name}.conf", CONFIG.format(
        socket=socket.replace("unix:", "local:"), mode=mode, signing=signing, algorithm=algorithm,
        canonicalization=canonicalization, internal=internal, resolver=asked,
        authserv_id=authserv_id))
    return stack.run(name, ["/usr/sbin/opendkim", "-f", "-x", config], socket)
