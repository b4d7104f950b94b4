"""Postfix of the stack: port 25, submission on 587, local pickup; all other mail goes outside."""

import os
import pwd
import grp
import shutil
import subprocess
import time

from stack.daemon import Daemon, Log

# The parameters that every stack has; MailStack(postfix={...}) adds to them and overrides them.
MAIN = {
    "compatibility_level": "3.6",
    "queue_directory": "{queue}",
    "data_directory": "{folder}/data",
    "maillog_file": "{folder}/mail.log",
    "maillog_file_prefixes": "{folder}",
    "myhostname": "{hostname}",
    "mydestination": "",
    "mynetworks": "192.0.2.128/25",
    # An address cannot be written here: Postfix sees 127.0.0.1 only. master.cf has it.
    "inet_interfaces": "loopback-only",
    "inet_protocols": "all",
    "alias_maps": "",
    "alias_database": "",
    "virtual_mailbox_domains": "{domains}",
    "virtual_mailbox_maps": "texthash:{config}/mailboxes",
    "virtual_transport": "lmtp:unix:private/dovecot-lmtp",
    "relayhost": "[{outside}]:25",
    "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
    # Clients on loopback play strangers: nothing is added to their mail.
    "local_header_rewrite_clients": "",
    "smtpd_sasl_type": "dovecot",
    "smtpd_sasl_path": "private/auth",
    "smtpd_tls_cert_file": "{certificate}",
    "smtpd_tls_key_file": "{key}",
    "smtpd_tls_security_level": "may",
    "smtpd_client_connection_count_limit": "0",
    "smtpd_milters": "{incoming}",
    "non_smtpd_milters": "{outgoing}",
    "milter_default_action": "tempfail",
    "milter_connect_timeout": "5s",
    "milter_command_timeout": "10s",
    "milter_content_timeout": "60s",
    "smtputf8_enable": "yes",
    "message_size_limit": "62914560",
    "virtual_mailbox_limit": "0",
    "mailbox_size_limit": "0",
    "in_flow_delay": "0",
    "minimal_backoff_time": "1s",
    "queue_run_delay": "1s",
}

MASTER = """\
{address}:25  inet n - y - - smtpd
{address}:587 inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
  -o {{ smtpd_milters = {outgoing} }}
pickup   unix n - y 60 1 pickup
cleanup  unix n - y - 0 cleanup
qmgr     unix n - n 300 1 qmgr
tlsmgr   unix - - y 1000? 1 tlsmgr
rewrite  unix - - y - - trivial-rewrite
bounce   unix - - y - 0 bounce
defer    unix - - y - 0 bounce
trace    unix - - y - 0 bounce
verify   unix - - y - 1 verify
flush    unix n - y 1000? 0 flush
proxymap unix - - n - - proxymap
smtp     unix - - y - - smtp
relay    unix - - y - - smtp
showq    unix n - y - - showq
error    unix - - y - - error
retry    unix - - y - - error
discard  unix - - y - - discard
lmtp     unix - - y - - lmtp
anvil    unix - - y - 1 anvil
scache   unix - - y - 1 scache
postlog  unix-dgram n - n - 1 postlogd
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "private", "saved", "trace")


class Postfix:
    """`values` fills the braces of MAIN and MASTER; `parameters` are main.cf settings on top."""

    def __init__(self, folder: str, values: dict[str, str], parameters: dict[str, str]):
        self.queue = f"{folder}/queue"
        self.config = f"{folder}/postfix"
        self._folder = folder
        self._values = {**values, "folder": folder, "queue": self.queue, "config": self.config}
        self._main = {**MAIN, **parameters}
        self._make_folders()
        self._make_chroot(values["resolver"])
        self._write_main()
        with open(f"{self.config}/master.cf", "w") as file:
            file.write(MASTER.format(**self._values))
        # master itself, not `postfix start`: that takes seconds for checks that nothing here needs.
        self._master = Daemon("postfix", ["/usr/lib/postfix/sbin/master", "-s", "-c", self.config],
                              f"{folder}/postfix.log", {"MAIL_CONFIG": self.config})
        self.log = Log(f"{folder}/mail.log")

    def start(self):
        self._master.start()

    def await_ready(self):
        # Not by connecting: master would still die of a reload (HUP) that comes too early.
        self._master.await_log(self.log, "daemon started")

    @property
    def pid(self) -> int:
        return self._master.pid

    def stop(self):
        self._master.stop()

    def set(self, parameters: dict[str, str]):
        """Changes main.cf and has every process read it again."""
        self._main.update(parameters)
        self._write_main()
        self._master.signal(1)
        self.log.await_line("reload -- version")

    def set_mailboxes(self, users):
        _write_aged(f"{self.config}/mailboxes", [f"{user} {user}/\n" for user in users])

    def sendmail(self, arguments: list[str], message: bytes):
        """sendmail(1): local submission by pickup."""
        self._command(["/usr/sbin/sendmail", "-C", self.config, *arguments], message)

    def queued(self) -> list[str]:
        """What `postqueue -j` prints, a JSON object each."""
        return self._command(["/usr/sbin/postqueue", "-c", self.config, "-j"]).splitlines()

    def flush(self):
        self._command(["/usr/sbin/postqueue", "-c", self.config, "-f"])

    def _command(self, argv: list[str], text: bytes = b"") -> str:
        done = subprocess.run(argv, input=text, capture_output=True, timeout=60,
                              env={**os.environ, "MAIL_CONFIG": self.config})
        if done.returncode != 0:
            raise RuntimeError(f"{argv[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def _write_main(self):
        _write_aged(f"{self.config}/main.cf", [f"{key} = {value.format(**self._values)}\n"
                                               for key, value in self._main.items()])

    def _make_folders(self):
        postfix, postdrop = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
        for folder in (self.queue, self.config, f"{self.queue}/pid"):
            os.makedirs(folder, mode=0o755)
        for name in QUEUES:
            os.mkdir(f"{self.queue}/{name}", 0o700)
            os.chown(f"{self.queue}/{name}", postfix, 0)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            os.mkdir(f"{self.queue}/{name}")
            os.chown(f"{self.queue}/{name}", postfix, postdrop)
            os.chmod(f"{self.queue}/{name}", mode)
        os.mkdir(f"{self._folder}/data", 0o700)
        os.chown(f"{self._folder}/data", postfix, 0)

    def _make_chroot(self, resolver: str):
        """The chroot's resolv.conf is what makes Postfix ask the stack's name server."""
        etc = f"{self.queue}/etc"
        os.mkdir(etc)
        files = {
            "resolv.conf": f"nameserver {resolver}\n",
            "nsswitch.conf": "hosts: files dns\n",
            "hosts": "127.0.0.1 localhost\n",
        }
        for name, text in files.items():
            with open(f"{etc}/{name}", "w") as file:
                file.write(text)
        if os.path.exists("/etc/services"):
            shutil.copy("/etc/services", etc)


def _write_aged(path: str, lines: list[str]):
    """Postfix waits until a text file that it reads is older than a second: this one is."""
    with open(path, "w") as file:
        file.writelines(lines)
    os.utime(path, (time.time() - 60,) * 2)
