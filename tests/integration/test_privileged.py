"""gatepost-privileged with real servers: sessions end, messages are held, released and deleted."""

import imaplib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from mail_stack import StackTest, binary, main, wait_until  # noqa: E402
from stack.privileged import ask, socket_path, start_privileged  # noqa: E402

ALICE, BOB = "alice@example.test", "bob@example.test"
HELD = "held@remote.test"
UNPRIVILEGED = 65534


def message(subject: str) -> bytes:
    return (f"From: {HELD}\r\nTo: {ALICE}\r\nSubject: {subject}\r\n"
            f"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{subject}@remote.test>\r\n"
            "\r\nHello\r\n").encode()


class PrivilegedTest(StackTest):
    stack_options = {"postfix": {
        "smtpd_sender_restrictions": f"check_sender_access inline:{{{{{HELD}=HOLD}}}}"}}

    @classmethod
    def start_programs(cls):
        cls.program = start_privileged(cls.stack, binary("gatepost-privileged"), "0666")

    def ask(self, request: str) -> str:
        return ask(socket_path(self.stack), request)

    def imap(self, user: str) -> imaplib.IMAP4:
        session = imaplib.IMAP4(self.stack.address)
        self.addCleanup(session.shutdown)
        session.starttls(self.stack.tls_context())
        session.login(user, self.stack.users[user])
        return session

    def sessions(self) -> str:
        return self.stack.dovecot.doveadm("who")

    def queues(self) -> dict[str, str]:
        entries = [json.loads(line) for line in self.stack.postfix.queued()]
        return {entry["queue_id"]: entry["queue_name"] for entry in entries}

    def hold_one(self, subject: str) -> str:
        """A message in the hold queue."""
        reply = self.stack.deliver_from_outside(message(subject), mail_from=HELD)
        self.assertTrue(reply.accepted, reply)
        wait_until(lambda: self.queues().get(reply.queue_id) == "hold", 20, "the message on hold")
        return reply.queue_id


class Sessions(PrivilegedTest):

    def test_a_kick_ends_the_sessions_of_this_user_alone(self):
        alice, bob = self.imap(ALICE), self.imap(BOB)
        wait_until(lambda: ALICE in self.sessions() and BOB in self.sessions(), 20, "both sessions")
        self.assertEqual(self.ask(f"kick {ALICE}"), "ok")
        with self.assertRaises((imaplib.IMAP4.abort, OSError)):
            for _ in range(1000):
                alice.noop()
        self.assertEqual(bob.noop()[0], "OK")
        self.assertIn(BOB, self.sessions())

    def test_who_has_no_session_is_as_good_as_kicked(self):
        self.assertEqual(self.ask("kick nobody@example.test"), "ok")

    def test_no_mask_and_no_address_reaches_others(self):
        bob = self.imap(BOB)
        wait_until(lambda: BOB in self.sessions(), 20, "the session")
        for argument in ("*", "bo?@example.test", "*@example.test", "127.0.0.1", "0.0.0.0/0", "::/0",
                         "0x7f000001", "-f", f"{BOB} 0.0.0.0/0", f"nobody\nkick {BOB}"):
            self.assertIn("error ", self.ask(f"kick {argument}"), argument)
        for argument in ("=", "+", "#", "!", "'", "_", ".", "b.b@example.test"):
            self.assertEqual(self.ask(f"kick {argument}"), "ok", argument)
        self.assertEqual(bob.noop()[0], "OK")


class Queue(PrivilegedTest):

    def test_a_held_message_is_released_and_delivered(self):
        queue_id = self.hold_one("released")
        self.assertEqual(self.ask(f"release {queue_id}"), "ok")
        self.stack.await_mail(ALICE, b"Subject: released")
        self.program.log.await_line(f'done request="release {queue_id}" pid=')

    def test_a_held_message_is_deleted(self):
        queue_id = self.hold_one("deleted")
        self.assertEqual(self.ask(f"delete {queue_id}"), "ok")
        self.assertNotIn(queue_id, self.queues())

    def test_a_message_that_is_not_there_is_an_error(self):
        for verb in ("release", "hold", "delete"):
            self.assertEqual(self.ask(f"{verb} 0123ABCDEF"), "error there is no such message", verb)

    def test_all_is_no_queue_id(self):
        queue_id = self.hold_one("stays")
        for argument in ("ALL", "-", "-H", f"{queue_id} ALL", f"{queue_id}/x"):
            self.assertIn("error ", self.ask(f"delete {argument}"))
        self.assertEqual(self.queues().get(queue_id), "hold")

    def test_who_is_not_named_is_refused(self):
        script = ("import os, socket, sys\n"
                  f"os.setgroups([]); os.setgid({UNPRIVILEGED}); os.setuid({UNPRIVILEGED})\n"
                  "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
                  "print(s.makefile().readline(), end='')\n")
        os.chmod(self.stack.folder, 0o755)
        said = subprocess.run([sys.executable, "-c", script, socket_path(self.stack)],
                              capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertEqual(said, "error this user may not ask\n")


if __name__ == "__main__":
    main()
