"""gatepost-ratelimit in the stack, and the command line beside it."""

import subprocess

from stack.daemon import Daemon
from stack.mail_stack import MailStack
from stack.site import site_file

RATELIMIT_PORT = 8894


def start_ratelimit(stack: MailStack, binary: str, options: str,
                    port: int = RATELIMIT_PORT) -> Daemon:
    """options: TOML without [server]."""
    server = f'[server]\nsocket = "inet:{port}@{stack.address}"\n'
    files = {"ratelimit.toml": server + options, "gatepost.toml": site_file(stack)}
    return stack.start_milter(binary, port, files)


class CommandLine:
    """`gatepost` with the stack's gatepost.toml."""

    def __init__(self, stack: MailStack, binary: str, site: str = ""):
        """site: more of gatepost.toml."""
        self._argv = [binary, "--site", stack.write("cli/gatepost.toml", site_file(stack) + site)]

    def run(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self._argv, *words], capture_output=True, text=True, timeout=30)
