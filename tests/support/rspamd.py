"""rspamd in the stack, as a peer that verifies and signs: the modules that are named, and nothing
else."""

import base64
import json
import os
import urllib.request

from rspamd_config import HTTP_WORKER, TOP_LEVEL_DOMAINS, rspamd_command, rspamd_config

SIGNING = """\
dkim_signing {{
  sign_authenticated = true;
  use_domain = "header";
  use_esld = false;
  allow_username_mismatch = true;
  try_fallback = false;
  domain {{ {domain} {{ selectors = [ {selectors} ]; }} }}
}}
"""

RESULTS = {"R_DKIM_ALLOW": "pass", "R_DKIM_REJECT": "fail", "R_DKIM_TEMPFAIL": "temperror",
           "R_DKIM_PERMFAIL": "permerror"}


# What DMARC needs. A chain of a trusted sealer takes the weight from a DMARC failure.
POLICY_MODULES = ("dkim", "spf", "arc", "dmarc")
POLICIES = """\
spf {{ }}
arc {{
  sign_inbound = false;
  adjust_dmarc = true;
  whitelisted_signers_map = ["{sealer}"];
}}
dmarc {{ }}
"""


class Rspamd:
    """start() first; the first message waits until it listens, for its start takes a while. Keys,
    where given, must be of one domain; rspamd signs relaxed/relaxed only. resolver: another name
    server than the stack's, on port 53. trusted_sealer: with one, all that DMARC needs is judged,
    and the sealer's ARC chain believed."""

    def __init__(self, stack, keys=(), port: int = 11333, trusted_sealer: str = "",
                 resolver: str = ""):
        self._stack = stack
        self._keys = keys
        self._address = (stack.address, port)
        self._trusted_sealer = trusted_sealer
        self._resolver = resolver or stack.dns.address

    def start(self):
        address, port = self._address
        suffixes = "".join(f"{name}\n" for name in TOP_LEVEL_DOMAINS)
        folder = os.path.dirname(self._stack.write("rspamd/tld", suffixes))
        path = self._stack.write("rspamd/rspamd.conf", self._config(folder)
                                 + HTTP_WORKER.format(address=address, port=port))
        self._daemon = self._stack.run("rspamd", rspamd_command(folder, path))
        return self

    def verify(self, message: bytes) -> dict[str, str]:
        """{selector: result} of each DKIM-Signature."""
        found = {}
        # From no address, or a local one, rspamd checks nothing.
        for symbol, details in self.check(message, {"IP": "192.0.2.1"})["symbols"].items():
            for option in details.get("options", []) if symbol in RESULTS else []:
                found[option.partition(":s=")[2]] = RESULTS[symbol]
        return found

    def sign(self, message: bytes) -> bytes:
        """The message with rspamd's signatures on top."""
        made = self.check(message, {"User": "alice@example.test", "IP": "192.0.2.1"})
        values = made["dkim-signature"]
        signatures = [values] if isinstance(values, str) else values
        return b"".join(f"DKIM-Signature: {value}\r\n".encode() for value in signatures) + message

    def check(self, message: bytes, about: dict[str, str]) -> dict:
        """What it answers about a message. about: "IP", "Helo", "From", "User" ..."""
        host, port = self._address
        self._daemon.await_ready(f"inet:{port}@{host}", 60)
        request = urllib.request.Request(f"http://{host}:{port}/checkv2", message, about)
        with urllib.request.urlopen(request, timeout=100) as answer:
            return json.load(answer)

    def _config(self, folder: str) -> str:
        modules = list(POLICY_MODULES) if self._trusted_sealer else ["dkim"]
        if self._keys:
            modules.append("dkim_signing")
        text = rspamd_config(folder, self._resolver, modules) + self._signing()
        if self._trusted_sealer:
            text += POLICIES.format(sealer=self._trusted_sealer)
        return text

    def _signing(self) -> str:
        if not self._keys:
            return ""
        selectors = ", ".join(f'{{ path = "{self._key_file(key)}"; selector = "{key.selector}"; }}'
                              for key in self._keys)
        return SIGNING.format(domain=self._keys[0].domain, selectors=selectors)

    def _key_file(self, key) -> str:
        """rspamd 3.4 reads ed25519 keys as bare base64 alone."""
        if key.algorithm != "ed25519":
            return key.path
        seed = base64.b64encode(key.seed()).decode()
        return self._stack.write(f"rspamd/{key.selector}.seed", seed)
