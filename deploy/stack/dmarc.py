"""gatepost-dmarc in the stack."""

from stack.daemon import Daemon
from stack.mail_stack import MailStack
from stack.site import site_file

DMARC_PORT = 8893


def start_dmarc(stack: MailStack, binary: str, options: str = "", port: int = DMARC_PORT,
                resolver: str = "") -> Daemon:
    """options: TOML, top-level keys first, without [server]."""
    server = f'[server]\nsocket = "inet:{port}@{stack.address}"\n'
    files = {"dmarc.toml": f"{options}\n{server}", "gatepost.toml": site_file(stack, resolver)}
    return stack.start_milter(binary, port, files)
