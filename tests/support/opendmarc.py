"""OpenDMARC in the stack. It believes the Authentication-Results of the peers in front of it."""

from resolv import with_name_server

PUBLIC_SUFFIXES = "example\nco.example\nhosting.example\norg\ncom\nnet\ntest\n"

CONFIG = """\
Background false
Syslog false
Socket {socket}
AuthservID {authserv_id}
TrustedAuthservIDs {authserv_id}
PublicSuffixList {suffixes}
SPFSelfValidate {self_validate}
SPFIgnoreResults {self_validate}
RejectFailures {reject}
SoftwareHeader false
IgnoreHosts {ignored}
AutoRestart false
"""


def start_opendmarc(stack, port: int, resolver: str, *, authserv_id: str,
                    self_validate: bool = False, reject: bool = False, socket: str = ""):
    """OpenDMARC at inet:port on the stack's address, or at another socket ("unix:/path").
    self_validate: it looks SPF up itself (by libspf2) instead of believing a header; reject: it
    refuses what the policy says to."""
    name = f"opendmarc-{port}"
    socket = socket or f"inet:{port}@{stack.address}"
    config = stack.write(f"{name}.conf", CONFIG.format(
        socket=socket.replace("unix:", "local:"), authserv_id=authserv_id,
        self_validate=str(self_validate).lower(),
        reject=str(reject).lower(), suffixes=stack.write("suffixes", PUBLIC_SUFFIXES),
        ignored=stack.write("opendmarc.ignored", "127.0.0.1\n")))
    command = ["/usr/sbin/opendmarc", "-f", "-c", config]
    return stack.run(name, with_name_server(stack, resolver, command), socket)
