"""Dovecot of the stack: IMAP, LMTP and the SASL log-in that Postfix uses."""

import os
import pathlib
import shutil
import subprocess

from stack.daemon import Daemon

MAIL_UID = 5000  # owner of the mailboxes; needs no account

CONFIG = """\
base_dir = {folder}/run
# Its list of instances has a lock. In /var/lib every stack would wait for the same one before it
# serves anybody: 10 s and more where one was killed that held it.
state_dir = {folder}/run
log_path = /dev/stderr
protocols = imap lmtp
listen = {address}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:~/Maildir
# Messages are kept with the line ends that they arrived with.
mail_save_crlf = yes
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
service imap-login {{
  inet_listener imap {{
    port = 143
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  unix_listener {queue}/private/dovecot-lmtp {{
    user = postfix
    mode = 0600
  }}
}}
service auth {{
  unix_listener {queue}/private/auth {{
    user = postfix
    mode = 0600
  }}
}}
"""


class Dovecot:
    def __init__(self, address: str, folder: str, queue: str, certificate: str, key: str,
                 settings: str = ""):
        """settings: further lines of dovecot.conf."""
        self.address = address
        self._folder = folder
        self._queue = queue
        self.config = f"{folder}/dovecot.conf"
        os.makedirs(f"{folder}/mail")
        os.chown(f"{folder}/mail", MAIL_UID, MAIL_UID)
        with open(self.config, "w") as file:
            file.write(CONFIG.format(address=address, folder=folder, queue=queue,
                                     certificate=certificate, key=key))
            file.write(settings)
        self.daemon = Daemon("dovecot", ["/usr/sbin/dovecot", "-F", "-c", self.config],
                             f"{folder}/dovecot.log")

    def set_users(self, users: dict[str, str]):
        """{address: password}; read at each log-in and delivery."""
        with open(f"{self._folder}/users", "w") as file:
            for user, password in users.items():
                file.write(f"{user}:{{PLAIN}}{password}:{MAIL_UID}:{MAIL_UID}::{self.home(user)}::\n")

    def home(self, user: str) -> str:
        return f"{self._folder}/mail/{user}"

    def start(self):
        self.daemon.start()

    def await_ready(self):
        # It listens before it serves, and the log-in must answer Postfix within 10 s.
        for endpoint, greeting in ((f"inet:143@{self.address}", b"* OK"),
                                   (f"unix:{self._queue}/private/dovecot-lmtp", b"220"),
                                   (f"unix:{self._queue}/private/auth", b"DONE")):
            self.daemon.await_ready(endpoint, greeting=greeting)

    def messages(self, user: str) -> list[bytes]:
        """Every message in the user's INBOX, as delivered, oldest first."""
        files = []
        for folder in ("new", "cur"):
            path = f"{self.home(user)}/Maildir/{folder}"
            files += [f"{path}/{name}" for name in (os.listdir(path) if os.path.isdir(path) else [])]
        return [pathlib.Path(name).read_bytes() for name in sorted(files, key=_delivery_order)]

    def empty(self, user: str):
        """Forgets the user's mail."""
        shutil.rmtree(f"{self.home(user)}/Maildir", ignore_errors=True)

    def doveadm(self, *words: str) -> str:
        return subprocess.run(["/usr/bin/doveadm", "-c", self.config, *words], check=True,
                              capture_output=True, text=True, timeout=20).stdout


def _delivery_order(path: str) -> tuple:
    """Maildir names begin with seconds.MmicrosecondsP..."""
    seconds, rest = os.path.basename(path).split(".", 2)[:2]
    return int(seconds), int(rest[1:].split("P")[0])
