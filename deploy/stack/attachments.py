"""gatepost-attachments in the stack."""

from stack.daemon import Daemon
from stack.mail_stack import MailStack
from stack.site import site_file

ATTACHMENTS_PORT = 8895


def start_attachments(stack: MailStack, binary: str, rules: str = "", options: str = "",
                      site: str = "", port: int = ATTACHMENTS_PORT) -> Daemon:
    """rules: lines of the rules file; "": the default ones. options, site: further TOML, the
    options from within [rules] on."""
    text = f'[server]\nsocket = "inet:{port}@{stack.address}"\n[rules]\n'
    if rules:
        text += f'file = "{stack.write("attachments.rules", rules)}"\n'
    files = {"attachments.toml": text + options, "gatepost.toml": site_file(stack) + site}
    return stack.start_milter(binary, port, files)
