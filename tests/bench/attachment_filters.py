"""Filters that judge attachments: our own as shipped, and others as Debian ships them, rspamd with all
that needs no network, and amavis. Each answers about one message at a time what it found. All of their files are
in a temporary folder; only programs that are started here are stopped."""

import dataclasses
import itertools
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from peers import TOP_LEVEL_DOMAINS, Child, accepts  # it finds tests/support, too

from attachment_judge import Attachments

START_SECONDS = 180  # rspamd compiles its expressions first


@dataclasses.dataclass(frozen=True)
class Found:
    """caught: it says that an attachment is bad, or acts. acts: what happens to the message by
    default because of attachments alone; "" is nothing."""
    caught: bool
    acts: str = ""
    why: str = ""


class Filter:
    name = ""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatepost-filter-"))
        self.folder.chmod(0o755)
        self.child = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.child is not None:
            self.child.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        raise NotImplementedError

    def judge(self, message: bytes) -> Found:
        raise NotImplementedError


class GatepostFilter(Filter):
    """The build in GATEPOST_BIN_DIR. Caught, and acts: it does anything but let it pass."""

    name = "gatepost"

    def start(self):
        self.program = Attachments()
        self.program.__enter__()

    def __exit__(self, *arguments):
        if hasattr(self, "program"):
            self.program.__exit__()
        super().__exit__(*arguments)

    def judge(self, message: bytes) -> Found:
        judged = self.program.judge_all({"": message}, at_once=1)[""]
        acts = "" if judged.action in ("pass", "defer") else judged.action
        return Found(bool(acts), acts, judged.text)


# What rspamd says of attachments and of MIME that is wrong. Its other symbols (who sends, from
# where, with what words) are not what is compared.
SYMBOLS = ("MIME_BAD", "MIME_BAD_ATTACHMENT", "MIME_BAD_EXTENSION", "MIME_DOUBLE_BAD_EXTENSION",
           "MIME_BAD_UNICODE", "MIME_ENCRYPTED_ARCHIVE", "MIME_OBFUSCATED_ARCHIVE",
           "MIME_ARCHIVE_IN_ARCHIVE", "MIME_EXE_IN_GEN_SPLIT_RAR", "PDF_ENCRYPTED",
           "PDF_JAVASCRIPT", "PDF_SUSPICIOUS", "PDF_LONG_TRAILER", "PDF_MANY_OBJECTS", "PDF_TIMEOUT",
           "BROKEN_CONTENT_TYPE", "MULTIPLE_UNIQUE_HEADERS", "CTYPE_MISSING_DISPOSITION",
           "CTYPE_MIXED_BOGUS", "BOGUS_ENCRYPTED_AND_TEXT", "MIME_BASE64_TEXT_BOGUS")
ADD_HEADER, REJECT = 6.0, 15.0  # of actions.conf

OFF = ("rbl", "surbl", "fuzzy_check", "asn", "dcc", "mx_check", "phishing", "spf", "dkim", "arc",
       "dmarc", "whitelist", "rspamd_update")


class RspamdFilter(Filter):
    """Its whole default configuration; what asks the network is off. Caught: one of SYMBOLS with a
    score above zero. Acts: their scores alone reach the threshold of an action."""

    name = "rspamd"

    def start(self):
        local = self.folder / "local.d"
        local.mkdir()
        (self.folder / "override.d").mkdir()
        (self.folder / "tld").write_text("\n".join(TOP_LEVEL_DOMAINS))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (local / "options.inc").write_text(
            'dns { nameserver = ["127.0.0.1:1"]; timeout = 0.05s; retransmits = 1; }\n'
            f'url_tld = "{self.folder}/tld";\nhs_cache_dir = "{self.folder}";\n')
        (local / "logging.inc").write_text('type = "console";\nlevel = "error";\n')
        (local / "worker-normal.inc").write_text(
            f'bind_socket = "127.0.0.1:{self.port}";\ncount = 1;\n')
        for worker in ("proxy", "controller", "fuzzy"):
            (local / f"worker-{worker}.inc").write_text("enabled = false;\n")
        for module in OFF:
            (local / f"{module}.conf").write_text("enabled = false;\n")
        variables = [word for name in ("DBDIR", "RUNDIR", "LOGDIR", "LOCAL_CONFDIR")
                     for word in ("--var", f"{name}={self.folder}")]
        self.child = Child(["/usr/bin/rspamd", "-f", "--insecure", "-c", "/etc/rspamd/rspamd.conf",
                            *variables], self.folder / "log")
        self.child.wait_until(self._answers, "rspamd", START_SECONDS)

    def _answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=1):
                return True
        except OSError:
            return False

    def symbols(self, message: bytes) -> dict[str, float]:
        about = {"IP": "192.0.2.1", "From": "alice@sender.example", "Rcpt": "bob@receiver.example"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/checkv2", message, about)
        with urllib.request.urlopen(request, timeout=100) as answer:
            found = json.load(answer)["symbols"]
        return {name: details["score"] for name, details in found.items()}

    def judge(self, message: bytes) -> Found:
        try:
            found = self.symbols(message)
        except urllib.error.HTTPError as error:  # it takes the message for none
            return Found(False, "", f"HTTP {error.code}")
        bad = {name: score for name, score in found.items() if name in SYMBOLS and score > 0}
        score = sum(bad.values())
        acts = "reject" if score >= REJECT else "header" if score >= ADD_HEADER else ""
        return Found(bool(bad), acts, " ".join(f"{name}({score:g})" for name, score in bad.items()))


AMAVIS = """\
use strict;
$daemon_user = 'amavis'; $daemon_group = 'amavis';
$MYHOME = '{home}'; $TEMPBASE = $MYHOME; $ENV{{TMPDIR}} = $TEMPBASE; $QUARANTINEDIR = undef;
$db_home = "$MYHOME/db"; $lock_file = "$MYHOME/lock"; $pid_file = "$MYHOME/pid";
$enable_db = 0; $enable_global_cache = 0; $nanny_details_level = 0; $enable_zmq = 0;
$mydomain = 'receiver.example'; $myhostname = 'mx.receiver.example';
@local_domains_maps = (['.receiver.example']);
$max_servers = 4; $max_requests = 100000; $DO_SYSLOG = 0; $LOGFILE = "$MYHOME/log"; $log_level = 0;
$inet_socket_port = undef; $unix_socketname = "$MYHOME/sock";
$interface_policy{{'SOCK'}} = 'PDP';
$policy_bank{{'PDP'}} = {{ protocol => 'AM.PDP' }};
@bypass_virus_checks_maps = (1); @bypass_spam_checks_maps = (1);
$banned_files_quarantine_method = undef; $bad_header_quarantine_method = undef;
$banned_admin = undef; $virus_admin = undef; $warnbannedsender = 0;
{more}
1;
"""

# The lines of the shipped table that are comments there.
ALL_BANNED = r"""
$banned_filename_re = new_RE(
  qr'^UNDECIPHERABLE$', qr'\.[^./]*\.(exe|vbs|pif|scr|bat|cmd|com|cpl|dll)\.?$'i,
  qr'\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$'i, qr'^application/x-msdownload$'i,
  qr'^application/x-msdos-program$'i, qr'^application/hta$'i,
  qr'^message/partial$'i, qr'^message/external-body$'i,
  qr'.\.(ade|adp|app|bas|bat|chm|cmd|com|cpl|crt|emf|exe|fxp|grp|hlp|hta|inf|ins|isp|js|jse|lnk|mda|mdb|mde|mdw|mdt|mdz|msc|msi|msp|mst|ops|pcd|pif|prg|reg|scr|sct|shb|shs|vb|vbe|vbs|wmf|wsc|wsf|wsh)$'i,
  qr'.\.(mim|b64|bhx|hqx|xxe|uu|uue)$'i, qr'^\.(exe-ms)$', qr'^\.(exe|lha|tnef|cab|dll)$',
);
"""


class AmavisFilter(Filter):
    """banned_filename_re as in Debian's 20-debian_defaults, which discards; without virus and spam
    checks. Caught: any answer but to let it pass."""

    name = "amavis"
    more = ""

    def start(self):
        user = pwd.getpwnam("amavis")
        self.home = self.folder / "home"
        for folder in (self.home, self.home / "db"):
            folder.mkdir()
            os.chown(folder, user.pw_uid, user.pw_gid)
        self.user, self.socket, self.numbers = user, self.home / "sock", itertools.count(1)
        config = self.folder / "amavis.conf"
        config.write_text(AMAVIS.format(home=self.home, more=self.more))
        shipped = "/etc/amavis/conf.d"
        self.child = Child(["/usr/sbin/amavisd", "-c", f"{shipped}/01-debian", "-c",
                            f"{shipped}/20-debian_defaults", "-c", str(config), "foreground"],
                           self.folder / "log")
        self.child.wait_until(lambda: accepts(self.socket), "amavis", START_SECONDS)

    def judge(self, message: bytes) -> Found:
        folder = self.home / f"mail-{next(self.numbers)}"
        folder.mkdir()
        path = folder / "email.txt"
        path.write_bytes(message.replace(b"\r\n", b"\n"))
        for each in (folder, path):
            os.chown(each, self.user.pw_uid, self.user.pw_gid)
        try:
            return self._answer(self._ask(folder, path))
        except OSError as error:  # the child that had it died: the mail server would come back
            return Found(False, "", f"no answer: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _ask(self, folder, path) -> dict[str, str]:
        lines = ("request=AM.PDP", "sender=<alice@sender.example>",
                 "recipient=<bob@receiver.example>", f"tempdir={folder}",
                 "tempdir_removed_by=client", f"mail_file={path}", "delivery_care_of=client",
                 "client_address=192.0.2.1", "", "")
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(120)
            client.connect(str(self.socket))
            client.sendall("\r\n".join(lines).encode())
            answer = b""
            while not answer.endswith(b"\r\n\r\n") and (piece := client.recv(65536)):
                answer += piece
        return dict(line.split("=", 1) for line in answer.decode(errors="replace").split("\r\n")
                    if "=" in line)

    @staticmethod
    def _answer(answer) -> Found:
        verdict = answer.get("return_value", "no answer")
        passes = verdict in ("continue", "accept")
        return Found(not passes, "" if passes else verdict, answer.get("setreply", ""))


class AmavisAllFilter(AmavisFilter):
    """With each line of its example table, those that are comments there, too."""

    name = "amavis, all examples"
    more = ALL_BANNED


CANDIDATES = (GatepostFilter, RspamdFilter, AmavisFilter, AmavisAllFilter)


def available(kind) -> bool:
    if kind is GatepostFilter:
        return True
    return shutil.which("amavisd" if issubclass(kind, AmavisFilter) else "rspamd") is not None


def version(program: str) -> str:
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", program], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip()
