"""rspamd in the stack, as a peer that verifies and signs: its DKIM modules and nothing else."""

import base64
import json
import os
import urllib.request

# The list of top-level domains that it ships takes long to compile.
CONFIG = """\
options {{
  pidfile = "{folder}/rspamd.pid";
  tempdir = "{folder}";
  url_tld = "{folder}/tld";
  hs_cache_dir = "{folder}";
  dns {{ nameserver = ["{resolver}:53"]; timeout = 2s; retransmits = 2; }}
  filters = "dkim";
  cores_dir = "{folder}";
  local_addrs = [];
  history_rows = 10;
  max_message = 60000000;
}}
logging {{ type = "console"; level = "error"; color = false; }}
actions {{ reject = 10000; add_header = 9000; greylist = null; }}
group "policies" {{ symbols {{ }} }}
worker "normal" {{
  bind_socket = "{address}:{port}";
  count = 1;
  task_timeout = 60s;
}}
worker "controller" {{ enabled = false; }}
worker "fuzzy" {{ enabled = false; }}
worker "rspamd_proxy" {{ enabled = false; }}
dkim {{ trusted_only = false; max_sigs = 50; dkim_cache_size = 100; }}
"""

SIGNING = """\
dkim_signing {{
  sign_authenticated = true;
  use_domain = "header";
  use_esld = false;
  allow_username_mismatch = true;
  try_fallback = false;
  domain {{ {domain} {{ selectors = [ {selectors} ]; }} }}
}}
modules {{ path = "/usr/share/rspamd/plugins/dkim_signing.lua"; }}
"""

RESULTS = {"R_DKIM_ALLOW": "pass", "R_DKIM_REJECT": "fail", "R_DKIM_TEMPFAIL": "temperror",
           "R_DKIM_PERMFAIL": "permerror"}


class Rspamd:
    """start() first; the first message waits until it listens, for its start takes a while. Keys,
    where given, must be of one domain; rspamd signs relaxed/relaxed only."""

    def __init__(self, stack, keys=(), port: int = 11333):
        self._stack = stack
        self._keys = keys
        self._address = (stack.address, port)

    def start(self):
        address, port = self._address
        folder = os.path.dirname(self._stack.write("rspamd/tld", "test\ncom\norg\n"))
        config = CONFIG.format(folder=folder, resolver=self._stack.dns.address, address=address,
                               port=port)
        path = self._stack.write("rspamd/rspamd.conf", config + self._signing())
        variables = [word for name in ("DBDIR", "RUNDIR", "LOGDIR")
                     for word in ("--var", f"{name}={folder}")]
        self._daemon = self._stack.run(
            "rspamd", ["/usr/bin/rspamd", "-f", "--insecure", "-c", path, *variables])
        return self

    def verify(self, message: bytes) -> dict[str, str]:
        """{selector: result} of each DKIM-Signature."""
        found = {}
        # From no address, or a local one, rspamd checks nothing.
        for symbol, details in self._check(message, {"IP": "192.0.2.1"})["symbols"].items():
            for option in details.get("options", []) if symbol in RESULTS else []:
                found[option.partition(":s=")[2]] = RESULTS[symbol]
        return found

    def sign(self, message: bytes) -> bytes:
        """The message with rspamd's signatures on top."""
        made = self._check(message, {"User": "alice@example.test", "IP": "192.0.2.1"})
        values = made["dkim-signature"]
        signatures = [values] if isinstance(values, str) else values
        return b"".join(f"DKIM-Signature: {value}\r\n".encode() for value in signatures) + message

    def _check(self, message: bytes, about: dict[str, str]) -> dict:
        host, port = self._address
        self._daemon.await_ready(f"inet:{port}@{host}", 60)
        request = urllib.request.Request(f"http://{host}:{port}/checkv2", message, about)
        with urllib.request.urlopen(request, timeout=100) as answer:
            return json.load(answer)

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
