"""gatepost-authpolicy behind a real Dovecot: IMAP, and submission through Postfix's SASL."""

import imaplib
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from mail_stack import Client, StackTest, binary, main, wait_until  # noqa: E402
from stack.site import site_file  # noqa: E402
from stack.smtp import Session  # noqa: E402

USERS = {f"{name}@example.test": f"{name}-password" for name in
         ("alice", "bob", "carol", "dave", "erin", "frank", "grace")}
PORT = 4001
SECRET = "0123456789abcdef0123456789abcdef"
OPTIONS = """
[server]
address = "{address}:{port}"
secret_file = "{secret}"
[guessing]
free_address = 4
block_address = 6
free_account = 4
block_account = 8
free_network = 900
block_network = 0
max_delay = "1s"
exempt_networks = ["127.77.0.0/16"]
"""
# Without Dovecot's own delays, which would hide ours.
DOVECOT = """
auth_failure_delay = 0
auth_policy_server_url = http://{address}:%d/
auth_policy_server_api_header = X-API-Key: %s
auth_policy_hash_nonce = nonce
auth_policy_check_after_auth = no
imap_id_retain = yes
auth_policy_server_timeout_msecs = 1000
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
""" % (PORT, SECRET)


class AuthPolicyTest(StackTest):
    """Each test has users and addresses of its own."""

    stack_options = {"users": USERS, "dovecot": DOVECOT,
                     "postfix": {"smtpd_authorized_xclient_hosts": "127.0.0.0/8"}}

    @classmethod
    def start_programs(cls):
        stack = cls.stack
        secret = stack.write("authpolicy/secret", SECRET + "\n", 0o600)
        stack.write("authpolicy/authpolicy.toml",
                    OPTIONS.format(address=stack.address, port=PORT, secret=secret))
        stack.write("authpolicy/gatepost.toml", site_file(stack))
        cls.start_program()

    @classmethod
    def start_program(cls):
        folder = f"{cls.stack.folder}/authpolicy"
        cls.program = cls.stack.run(
            "gatepost-authpolicy",
            [binary("gatepost-authpolicy"), "-c", f"{folder}/authpolicy.toml", "--site",
             f"{folder}/gatepost.toml"], f"inet:{PORT}@{cls.stack.address}")

    def imap(self, user: str, source: str, password: str = "", says: str = "") -> str:
        """What Dovecot says to a log-in from an address; "" when it succeeds. The client says of
        itself that it is `says`."""
        with _Imap(self.stack.address, source) as session:
            try:
                if says:
                    session.xatom("ID", f'("name" "{says}")'.encode("latin-1"))
                session.login(user, password or USERS[user])
            except imaplib.IMAP4.error as refused:
                return str(refused)
        return ""

    def submission(self, user: str, client: str, password: str = "") -> str:
        """The same of Postfix's submission, by PLAIN alone."""
        with Session(self.stack.address, 587) as session:
            session.become(Client(client))
            session.starttls(context=self.stack.tls_context())
            session.ehlo()
            session.user, session.password = user, password or USERS[user]
            try:
                session.auth("PLAIN", session.auth_plain)
            except smtplib.SMTPAuthenticationError as refused:
                return str(refused)
        return ""

    def suspend(self, verb: str, user: str):
        subprocess.run([binary("gatepost-test-suspend"), self.stack.redis.url, verb, user],
                       check=True, timeout=30)

    def test_a_suspended_user_cannot_log_in_and_a_resumed_one_can(self):
        user = "alice@example.test"
        self.assertEqual(self.imap(user, "127.1.0.1"), "")
        self.assertEqual(self.submission(user, "192.0.2.11"), "")
        self.suspend("suspend", user)
        began = time.monotonic()
        wait_until(lambda: self.imap(user, "127.1.0.1"), 10, "a refusal")
        self.assertLess(time.monotonic() - began, 3)  # 1 s where the machine is not busy
        self.assertIn("suspended", self.imap(user, "127.1.0.1"))
        self.assertIn("535", self.submission(user, "192.0.2.11"))
        self.suspend("resume", user)
        wait_until(lambda: not self.imap(user, "127.1.0.1"), 10, "a login")
        self.assertEqual(self.submission(user, "192.0.2.11"), "")

    def test_nothing_that_a_client_says_of_itself_lets_a_suspended_user_in(self):
        user = "grace@example.test"
        self.suspend("suspend", user)
        wait_until(lambda: self.imap(user, "127.7.0.1"), 10, "a refusal")
        for says in ("[[[[[[[[[", "{" * 900, '\\"[[[[[[[[[[[[', "\x01" * 1000, "\xff" * 500,
                     '" "more" "'.join(["\x01" * 1000] * 30)):
            self.assertIn("suspended", self.imap(user, "127.7.0.1", says=says), says[:9])

    def test_who_guesses_is_delayed_and_refused_while_the_owner_logs_in(self):
        owner = "bob@example.test"
        self.assertEqual(self.imap(owner, "127.2.0.1"), "")
        for guess in range(6):
            said = self.imap(owner, "127.2.9.9", f"guess {guess}")
            self.assertIn("AUTHENTICATIONFAILED", said)
        self.program.log.await_line(r"login_delayed.* client=127\.2\.9\.9 .*delay_seconds=1")
        # Refused whatever the password is, so nobody learns by it.
        self.assertIn("Too many failed logins", self.imap(owner, "127.2.9.9"))
        self.program.log.await_line(r"guessing subject=\"ip 127\.2\.9\.9\"")
        self.assertEqual(self.imap(owner, "127.2.0.1"), "")
        began = time.monotonic()
        self.assertEqual(self.imap(owner, "127.2.0.1"), "")
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(self.imap("erin@example.test", "127.2.0.1"), "")

    def test_many_addresses_that_guess_at_one_account_lock_its_owner_out_nowhere_he_is_known(self):
        owner = "carol@example.test"
        self.assertEqual(self.submission(owner, "192.0.2.33"), "")
        for guess in range(8):
            self.assertIn("535", self.submission(owner, f"198.51.{guess}.1", f"guess {guess}"))
        self.assertIn("535", self.submission(owner, "203.0.113.5"))
        self.assertEqual(self.submission(owner, "192.0.2.44"), "")

    def test_a_telephone_with_an_old_password_locks_nobody_out(self):
        for _ in range(7):
            self.imap("dave@example.test", "127.4.0.1", "old password")
        self.assertEqual(self.imap("dave@example.test", "127.4.0.1"), "")

    def test_an_exempt_network_is_not_counted(self):
        for guess in range(7):
            self.imap("erin@example.test", "127.77.0.1", f"guess {guess}")
        self.assertEqual(self.imap("erin@example.test", "127.77.0.1"), "")
        self.assertEqual(self.imap("erin@example.test", "127.5.0.1"), "")

    def test_the_password_decides_while_the_program_is_away_or_hangs(self):
        user = "frank@example.test"
        self.program.signal(signal.SIGSTOP)
        self.assertEqual(self.imap(user, "127.6.0.1"), "")
        self.assertIn("AUTHENTICATIONFAILED", self.imap(user, "127.6.0.1", "wrong"))
        self.program.signal(signal.SIGCONT)
        self.assertEqual(self.program.stop(), 0)
        self.assertEqual(self.imap(user, "127.6.0.1"), "")
        self.assertIn("AUTHENTICATIONFAILED", self.imap(user, "127.6.0.1", "wrong"))
        self.start_program()


class _Imap(imaplib.IMAP4):
    """From an address of one's own."""

    def __init__(self, host: str, source: str):
        self._source = source
        super().__init__(host)

    def _create_socket(self, timeout):
        return socket.create_connection((self.host, self.port), timeout or 30, (self._source, 0))


if __name__ == "__main__":
    main()
