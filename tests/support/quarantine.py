"""The quarantine without the program that fills it: entries as it writes them, and who asks."""

import hashlib
import hmac
import os
import subprocess
import time

from mail_stack import binary
from stack.privileged import socket_path
from stack.site import site_file

SECRET = "a secret of the tests"


def site_with_quarantine(stack) -> str:
    """gatepost.toml's text."""
    secret = stack.write("quarantine.secret", SECRET + "\n", 0o600)
    return site_file(stack) + (f'[quarantine]\nsecret_file = "{secret}"\n'
                               f'privileged_socket = "{socket_path(stack)}"\n')


def seal(*fields: str) -> bytes:
    """The HMAC of the fields, each with its length before it."""
    text = "".join(f"{len(field.encode())}:{field}" for field in fields)
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()


def release_code(host: str, queue_id: str, recipient: str, since_ms: int) -> str:
    """The code that a notice has: 100 bits of the seal, in Crockford's base 32."""
    number = int.from_bytes(seal("release-code", host, queue_id, recipient, str(since_ms)))
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = "".join(digits[number >> shift & 31] for shift in range(251, 151, -5))
    return "-".join(text[i:i + 4] for i in range(0, 20, 4))


class Quarantine:
    """`gatepost quarantine` on the stack's host, or as another host of the site."""

    def __init__(self, stack, site: str = ""):
        self.stack = stack
        self._site = stack.write(f"cli/{len(site)}.toml", site or site_with_quarantine(stack))

    def run(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([binary("gatepost"), "--site", self._site, *words],
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, "SUDO_USER": "eva"})

    def __call__(self, *words: str, status: int = 0) -> str:
        """What it prints; its exit status must be `status`."""
        done = self.run("quarantine", *words)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def add(self, queue_id: str, recipients: list[str], subject: str = "", dangerous: bool = False,
            age: float = 0, host: str = "") -> int:
        """An entry of the list, as the milter's. Returns since when, in milliseconds."""
        since = int((time.time() - age) * 1000)
        lines = [f"{since}\theld\t0\t\t{'dangerous' if dangerous else 'policy'}\tin",
                 "sender\theld@remote.test", "client\t127.0.0.1", f"subject\t{subject}",
                 *(f"rcpt\t{one}" for one in recipients),
                 "rule\tmacros\torder.docm\ttype=ooxml property=macro",
                 "file\t12345\tooxml\torder.docm"]
        key = f"gp:admin:{{quarantine%20{host or self.stack.hostname}}}"
        self.stack.redis.command("HSET", key, queue_id, "\n".join(lines) + "\n")
        self.stack.redis.command("HSET", "gp:hosts:{all}", host or self.stack.hostname, "1")
        return since
