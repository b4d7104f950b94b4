#!/usr/bin/python3
"""Who may include whom: layers, owners of third-party headers, policies without input or output."""

import fnmatch
import re

from project import CPP, files, numbered_lines, report

# A folder of common/ includes itself, what stands in a lower layer, and the neighbours named here.
LAYERS = [
    {"base"},
    {"log", "config"},
    {"mail", "mime", "dns", "auth", "store"},
    {"journal", "milter", "submit", "reputation", "report", "http", "accounts", "limits",
     "hashes", "notices", "privileged", "quarantine", "warmup"},
    {"site"},
]
NEIGHBOURS = {"config": {"log"}, "auth": {"mail", "dns"}, "mime": {"mail"}, "milter": {"journal"},
              "accounts": {"journal", "milter"}, "limits": {"accounts"}, "notices": {"submit"},
              "quarantine": {"journal", "privileged"}, "warmup": {"accounts", "limits"}}

# Third-party header -> the only files (patterns with blanks between) that may include it (tests may use any library as a peer).
OWNERS = {
    "archive*": "milters/attachments/scanner/*",
    "ares*": "common/dns/*",
    "hiredis/*": "common/store/redis_*",
    "httplib.h": "common/http/httplib_engine.cc",
    "iconv.h": "common/mime/charset.cc",
    "idn2.h": "common/mail/*",
    "immintrin.h": "common/mime/*",
    "libmilter/*": "common/milter/*",
    "nlohmann/*": "tools/authpolicy/login_attempt.cc",
    "opendkim/*": "common/auth/*",
    "libpsl.h": "common/auth/public_suffix.cc",
    "linux/capability.h": "milters/attachments/scanner/*",
    "linux/landlock.h": "milters/attachments/scanner/*",
    "maxminddb.h": "milters/ratelimit/countries.cc",
    "openssl/*": "common/auth/* common/store/redis_tls*",
    "seccomp.h": "milters/attachments/scanner/*",
    "spf2/*": "common/auth/spf_*",
    "systemd/*": "common/milter/*",
    "syslog.h": "common/log/*",
    "tl/*": "common/base/*",
    "toml++/*": "common/config/*",
    "zlib.h": "tools/dmarc-report/* milters/attachments/scanner/*",
}
POSIX = """arpa/inet dirent dlfcn errno fcntl getopt grp limits malloc netdb netinet/in netinet/tcp
poll pthread pwd sched signal spawn stdarg stddef stdint stdio stdlib string strings sys/epoll
sys/eventfd sys/file sys/mman sys/prctl sys/random sys/resource sys/signalfd sys/socket sys/stat
sys/syscall sys/time sys/timerfd sys/types sys/uio sys/un sys/utsname sys/wait termios time
unistd""".split()

# Policies turn facts into a verdict: time, names and state arrive as arguments.
POLICY_INCLUDES = re.compile(r'"common/(log|journal|milter/server)|<(sys/|netinet|poll|unistd|syslog)')
POLICY_CALLS = re.compile(r"\b(getenv|time|gettimeofday|socket)\s*\(|_clock::now|\blog::")

INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(folder: str) -> int:
    return next((i for i, layer in enumerate(LAYERS) if folder in layer), -1)


def common_problem(path: str, header: str) -> str:
    """A file of common/ that includes `header`."""
    if not header.startswith("common/"):
        return f"common/ may not include {header}"
    mine, theirs = path.split("/")[1], header.split("/")[1]
    if mine == theirs or theirs in NEIGHBOURS.get(mine, ()) or layer_of(theirs) < layer_of(mine):
        return ""
    return f"common/{mine} may not include common/{theirs}"


def project_problem(path: str, header: str) -> str:
    """A quoted include, from the root of the project."""
    if path.startswith("common/"):
        return common_problem(path, header)
    if path.startswith("tests/"):
        return ""
    if header.startswith("tests/"):
        return "only tests include tests/"
    owner = "/".join(path.split("/")[:2])
    if header.startswith(("milters/", "tools/")) and not header.startswith(owner + "/"):
        return f"{owner} may not include {header}: programs do not know each other"
    return ""


def library_problem(path: str, header: str) -> str:
    """An include in angle brackets."""
    if path.startswith("tests/") or "/" not in header and not header.endswith(".h"):
        return ""
    if re.sub(r"\.h$", "", header) in POSIX:
        return ""
    for pattern, owner in OWNERS.items():
        if fnmatch.fnmatch(header, pattern):
            owned = any(fnmatch.fnmatch(path, one) for one in owner.split())
            return "" if owned else f"<{header}> belongs to {owner}"
    return f"<{header}> has no owner: name one in tests/checks/layers.py"


def include_problem(path: str, line: str) -> str:
    match = INCLUDE.match(line)
    if not match:
        return ""
    if "_policy." in path and POLICY_INCLUDES.search(line):
        return "a policy does no input or output"
    find = project_problem if match.group(1) == '"' else library_problem
    return find(path, match.group(2))


def name_problem(path: str, line: str, programs: list[str]) -> str:
    """common/ serves every program and names none in its code."""
    if path.startswith("common/") and not line.lstrip().startswith(("//", "*")):
        for program in programs:
            if re.search(rf"\bgatepost-{program}\b|gatepost::{program}\b", line.split("//")[0]):
                return f"common/ names the program {program}"
    if "_policy." in path and POLICY_CALLS.search(line.split("//")[0]):
        return "a policy sees no clock, environment, socket or log"
    return ""


def main():
    programs = sorted({str(path).split("/")[1] for path in files(*CPP, under="milters")})
    problems = []
    for path in map(str, files(*CPP)):
        for number, line in numbered_lines(path):
            found = include_problem(path, line) or name_problem(path, line, programs)
            if found:
                problems.append(f"{path}:{number}: {found}")
    report(problems)


if __name__ == "__main__":
    main()
