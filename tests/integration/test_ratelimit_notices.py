"""A stolen account behind a real Postfix and Dovecot: who is told what, in real mailboxes, and whose
sessions end."""

import email
import email.policy
import imaplib
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from gatepost_ratelimit import PORT, PROGRAM, Options, start_ratelimit  # noqa: E402
from mail_stack import Milters, StackTest, binary, main, wait_until  # noqa: E402
from stack.privileged import socket_path, start_privileged  # noqa: E402
from stack.site import site_file  # noqa: E402

EVA, BOB = "eva@example.test", "bob@example.test"
EVA_ELSEWHERE, POSTMASTER = "eva.private@example.test", "postmaster@example.test"
ADA, HEIDI = "ada@example.test", "heidi@sub.example.test"
DORA, FINN = "dora@example.test", "finn@example.test"
GINA = "gina"  # as Dovecot knows gina@example.test
LANGUAGES = f"""\
sub.example.test  de  {HEIDI}
*                 en
"""
# Judged from the first recipient on, and stopped at a few.
DETECTOR = {"mode": "enforce", "min_recipients": 1, "usual_recipients": 1,
            "new_account_recipients": 2, "notice_score": 5, "throttle_score": 79,
            "suspend_score": 80}


def message(subject: str, sender: str) -> bytes:
    return (f"From: {sender}\r\nTo: carol@remote.test\r\nSubject: {subject}\r\n"
            f"Message-ID: <{subject}@example.test>\r\n\r\nHello\r\n").encode()


def text_of(mail: bytes) -> str:
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    return parsed["Subject"] + "\n" + parsed.get_content().replace("\r\n", "\n")


class Notices(StackTest):
    stack_options = {
        "milters": Milters(outgoing=[f"inet:{{address}}:{PORT}"],
                           incoming=[f"inet:{{address}}:{PORT}"]),
        "users": {user: "secret" for user in
                  (EVA, BOB, EVA_ELSEWHERE, POSTMASTER, ADA, HEIDI, "tim@sub.example.test", DORA,
                   FINN, GINA)}}

    @classmethod
    def start_programs(cls):
        cls.cli = binary("gatepost")
        contacts = cls.stack.write("contacts.table", f"{EVA}  {EVA_ELSEWHERE}\n")
        languages = cls.stack.write("languages.table", LANGUAGES)
        cls.privileged = start_privileged(cls.stack, binary("gatepost-privileged"))
        cls.program = start_ratelimit(
            cls.stack, binary(PROGRAM),
            Options(limits=("1000 recipients / day by user",), sections={
                "detector": DETECTOR, "response": {"privileged_socket": socket_path(cls.stack)},
                "notices": {"server": f"{cls.stack.address}:25", "admins": [ADA],
                            "languages": languages}},
                site=f'[accounts]\ncontacts = "{contacts}"\n'
                     'default_domain = "example.test"\n'))
        cls.site = cls.stack.write("cli/gatepost.toml", site_file(cls.stack))

    def command(self, *words: str) -> str:
        done = subprocess.run([self.cli, "--site", self.site, *words], capture_output=True, text=True,
                              timeout=30, check=True)
        return done.stdout

    def notice(self, user: str, containing: bytes) -> str:
        """Its text, after what makes it harmless to answering programs was looked at."""
        mail = self.stack.await_mail(user, containing)
        self.assertIn(b"Return-Path: <>", mail)
        self.assertIn(b"Auto-Submitted: auto-generated", mail)
        return text_of(mail)

    def steal(self, user: str) -> tuple[int, str]:
        """Sends to strangers until that is refused; how many got one, and the reference."""
        sent = 0
        for i in range(200):
            reply = self.stack.submit(user, message(f"burst-{user}-{i}", user),
                                      to=[f"stranger{i}@remote.test"])
            if not reply.accepted:
                self.assertEqual(reply.code, 550, reply)
                return sent, self.reference(user)
            sent += 1
        raise AssertionError(f"{user} sent {sent} messages and was not stopped")

    def reference(self, user: str) -> str:
        """That of the suspension, which is not the one of a refused message."""
        line = next(line for line in self.command("suspended").splitlines() if line.startswith(user))
        return line.split("by detector")[1].split()[0]

    def test_administrator_postmaster_mailbox_and_owner_hear_what_each_may(self):
        began = time.strftime("%Y-%m-%d ", time.gmtime())
        sent, reference = self.steal(EVA)

        about = f"Subject: Mail account {EVA} was suspended".encode()
        admin = self.notice(ADA, about)
        self.assertRegex(admin, r"Why: +score \d+: .*\d+ recipients within an hour, no mail before")
        self.assertRegex(admin, r"By: +detector")
        self.assertIn(reference, admin)

        # Nobody named the domain's: what was unusual, without a figure.
        postmaster = self.notice(POSTMASTER, about)
        self.assertRegex(postmaster, "Why: .*far more recipients within an hour than usual")
        self.assertNotRegex(postmaster, r"score|\d+ recipients")

        mailbox = self.notice(EVA, b"at the moment")
        self.assertIn("far more recipients within an hour than usual", mailbox)
        self.assertRegex(mailbox, f"Since: {began}..:.. UTC")
        self.assertIn(reference, mailbox)
        self.assertNotRegex(mailbox, r"score|\d+ recipients|elsewhere|private|/24")

        owner = self.notice(EVA_ELSEWHERE, b"was suspended")
        self.assertIn("far more recipients within an hour than usual", owner)
        self.assertRegex(owner, f"Since: +{began}..:.. UTC")
        self.assertIn(f"{sent} messages to {sent} recipients in the day before", owner)
        self.assertRegex(owner, rf"From: +(\d+\.\d+\.\d+\.0/24|localhost) \({sent}\)\n")
        self.assertRegex(owner, f"Reference: +{reference}\n")

        # Each once, however often the account tries.
        for i in range(3):
            self.assertEqual(self.stack.submit(EVA, message(f"again-{i}", EVA)).code, 550)
        self.command("suspend", BOB, "--why", "reported by the bank")
        self.notice(BOB, b"at the moment")  # whatever was posted before has arrived
        for user in (ADA, POSTMASTER):
            self.assertEqual(len(self.stack.mailbox(user, about)), 1, user)
        for user in (EVA, EVA_ELSEWHERE):
            self.assertEqual(len(self.stack.mailbox(user, reference.encode())), 1, user)

        told = [text_of(mail) for mail in self.stack.mailbox(BOB, b"at the moment")][0]
        self.assertIn("an administrator's decision", told)
        self.assertNotIn("bank", told)
        bank = wait_until(lambda: self.stack.mailbox(ADA, b"reported by the bank"), 10, "the reason")
        self.assertEqual(len(bank), 1)
        self.command("resume", BOB)

    def idle(self, user: str) -> imaplib.IMAP4:
        """Its session, as a mail client keeps it open."""
        before = self.sessions(user)
        session = imaplib.IMAP4(self.stack.address, timeout=20)
        self.addCleanup(session.shutdown)
        session.starttls(self.stack.tls_context())
        session.login(user, self.stack.users[user])
        session.send(b"a IDLE\r\n")
        self.assertEqual(session.readline(), b"+ idling\r\n")
        # The server counts a session a moment after its log-in; one that is not counted, nobody ends.
        wait_until(lambda: self.sessions(user) > before, 20, f"the session of {user}")
        return session

    def sessions(self, user: str) -> int:
        """How many it has."""
        rows = [line.split() for line in self.stack.dovecot.doveadm("who", "-1").splitlines()]
        return sum(row[0] == user for row in rows if row)

    def assert_ends(self, session: imaplib.IMAP4, user: str):
        self.assertRegex(list(iter(session.readline, b""))[-1], rb"^\* BYE ")
        self.privileged.log.await_line(f'done request="kick {user}" ')

    def assert_stays(self, session: imaplib.IMAP4, user: str):
        session.send(b"DONE\r\n")
        lines = iter(session.readline, b"")
        self.assertRegex(next(line for line in lines if line.startswith(b"a ")), b"^a OK ")
        self.assertEqual(session.noop()[0], "OK")
        self.assertEqual(self.sessions(user), 1)

    def test_a_suspension_ends_the_sessions_of_its_account_alone(self):
        other = self.idle(HEIDI)
        for user, account, suspend in (
                (DORA, DORA, lambda account: self.command("suspend", account, "--why", "phished")),
                (GINA, f"{GINA}@example.test", lambda account: self.command("suspend", account)),
                (FINN, FINN, self.steal)):
            with self.subTest(user):
                sessions = [self.idle(user), self.idle(user)]
                suspend(account)
                for session in sessions:
                    self.assert_ends(session, user)
        self.assert_stays(other, HEIDI)

    def test_a_domain_hears_of_its_accounts_in_its_language(self):
        _, reference = self.steal("tim@sub.example.test")
        # German is not ASCII, so the body is encoded.
        wait_until(lambda: any("wurde gesperrt" in text_of(mail)
                               for mail in self.stack.mailbox(HEIDI)), 20, "the notice")
        told = next(text_of(mail) for mail in self.stack.mailbox(HEIDI)
                    if "wurde gesperrt" in text_of(mail))
        self.assertRegex(told, r"Anlass: +score \d+")  # she is named, so she learns the figures
        self.assertIn(reference, told)
        wait_until(lambda: any("zurzeit nicht" in text_of(mail)
                               for mail in self.stack.mailbox("tim@sub.example.test")), 20,
                   "the owner's notice")


if __name__ == "__main__":
    main()
