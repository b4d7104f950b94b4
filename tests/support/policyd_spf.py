"""policyd-spf, spoken to as Postfix does: the policy protocol on its standard input."""

import re
import subprocess

from resolv import with_name_server

CONFIG = """\
debugLevel = 0
TestOnly = 1
HELO_reject = False
Mail_From_reject = False
PermError_reject = False
TempError_Defer = False
Header_Type = AR
Authserv_Id = {authserv_id}
Lookup_Time = 6
skip_addresses = 127.0.0.0/8
"""


def policyd_spf_command(stack, resolver: str, authserv_id: str) -> list[str]:
    """What runs it: for master.cf, or as a child."""
    config = stack.write("policyd-spf.conf", CONFIG.format(authserv_id=authserv_id))
    return with_name_server(stack, resolver, ["/usr/bin/policyd-spf", config])


class PolicydSpf:
    """One process, which is asked about one message after the other."""

    def __init__(self, stack, resolver: str, authserv_id: str):
        self._child = subprocess.Popen(policyd_spf_command(stack, resolver, authserv_id),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._asked = 0

    @property
    def pid(self) -> int:
        return self._child.pid

    def header(self, client: str, helo: str, sender: str, recipient: str) -> bytes:
        """The field that Postfix would put on top of the message, or b""."""
        self._asked += 1
        attributes = {
            "request": "smtpd_access_policy", "protocol_state": "RCPT", "protocol_name": "ESMTP",
            "client_address": client, "client_name": "unknown", "helo_name": helo,
            "sender": sender, "recipient": recipient, "instance": f"instance.{self._asked}"}
        text = "".join(f"{name}={value}\n" for name, value in attributes.items())
        self._child.stdin.write(text.encode() + b"\n")
        self._child.stdin.flush()
        action = self._child.stdout.readline().decode(errors="replace").strip()
        self._child.stdout.readline()  # the empty line
        field = re.match(r"(?i)action=prepend (.*)", action)
        return field.group(1).encode() + b"\r\n" if field else b""

    def close(self):
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait(10)
