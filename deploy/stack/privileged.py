"""gatepost-privileged beside the stack's servers, and one who asks it."""

import os
import socket

from stack.daemon import Daemon
from stack.mail_stack import MailStack
from stack.site import site_file

TOML = """\
[server]
socket = "unix:{socket}"
mode = "{mode}"
users = []
groups = []
[commands]
postfix_config = "{postfix}"
dovecot_config = "{dovecot}"
"""


def socket_path(stack: MailStack) -> str:
    return os.path.join(stack.folder, "privileged.sock")


def start_privileged(stack: MailStack, binary: str, mode: str = "0660") -> Daemon:
    """Root alone may ask, whatever the socket's mode."""
    text = TOML.format(socket=socket_path(stack), mode=mode, postfix=stack.postfix.config,
                       dovecot=stack.dovecot.config)
    options = stack.write("privileged.toml", text)
    site = stack.write("privileged-site.toml", site_file(stack))
    return stack.run("gatepost-privileged", [binary, "-c", options, "--site", site],
                     f"unix:{socket_path(stack)}")


def ask(path: str, request: str) -> str:
    """The answer's line, without its end."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(path)
        connection.sendall(request.encode() + b"\n")
        with connection.makefile("rb") as answer:
            return answer.readline().decode().rstrip("\n")
