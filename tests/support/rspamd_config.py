"""What rspamd is told for the tests and the benchmarks: some modules and nothing else."""

PLUGINS = "/usr/share/rspamd/plugins"

# C modules are named in `filters`, those in Lua are loaded by their file.
FILTERS = ("dkim",)

# The list of top-level domains that it ships takes long to compile.
CONFIG = """\
options {{
  pidfile = "{folder}/rspamd.pid";
  tempdir = "{folder}";
  url_tld = "{folder}/tld";
  hs_cache_dir = "{folder}";
  dns {{ nameserver = ["{resolver}:53"]; timeout = {dns_timeout}; retransmits = 2; }}
  filters = "{filters}";
  cores_dir = "{folder}";
  local_addrs = [];
  history_rows = 10;
  max_message = 60000000;
}}
logging {{ type = "console"; level = "error"; color = false; }}
actions {{ reject = 10000; add_header = 9000; greylist = null; }}
group "policies" {{ symbols {{ }} }}
worker "controller" {{ enabled = false; }}
worker "fuzzy" {{ enabled = false; }}
dkim {{ trusted_only = false; max_sigs = 50; dkim_cache_size = 100; }}
"""

TOP_LEVEL_DOMAINS = ("test", "com", "org", "net", "example", "co.example", "hosting.example")

HTTP_WORKER = """\
worker "rspamd_proxy" {{ enabled = false; }}
worker "normal" {{
  bind_socket = "{address}:{port}";
  count = 1;
  task_timeout = 60s;
}}
"""

# The proxy that scans by itself: what rspamd's documentation has for a milter alone. The socket is
# "/path mode=0666" or "address:port".
MILTER_WORKER = """\
worker "normal" {{ enabled = false; }}
worker "rspamd_proxy" {{
  bind_socket = "{socket}";
  milter = yes;
  timeout = 120s;
  count = {count};
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
"""

# Has the module "milter_headers" write what was found into the message.
RESULT_HEADER = """\
milter_headers {
  use = ["authentication-results"];
  skip_local = false;
  skip_authenticated = false;
}
"""


def rspamd_config(folder: str, resolver: str, modules=("dkim",), dns_timeout: str = "2s") -> str:
    """The common part, to which one of the workers must be added; write TOP_LEVEL_DOMAINS to
    `folder`/tld, a line each. Lua modules want a section of their own, be it empty."""
    filters = ",".join(module for module in modules if module in FILTERS)
    text = CONFIG.format(folder=folder, resolver=resolver, filters=filters,
                         dns_timeout=dns_timeout)
    return text + "".join(f'modules {{ path = "{PLUGINS}/{module}.lua"; }}\n'
                          for module in modules if module not in FILTERS)


def rspamd_command(folder: str, path: str) -> list[str]:
    """Runs it in the foreground with everything of its own in `folder`."""
    variables = [word for name in ("DBDIR", "RUNDIR", "LOGDIR")
                 for word in ("--var", f"{name}={folder}")]
    return ["/usr/bin/rspamd", "-f", "--insecure", "-c", path, *variables]
