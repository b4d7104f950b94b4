"""The stack itself: mail goes round through each of its ways in and out."""

import imaplib
import os
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from mail_stack import Client, Log, MailStack, Milters, StackTest, main  # noqa: E402
from opendkim import start_opendkim  # noqa: E402
from stack.dkim import make_key  # noqa: E402


def message(subject: str, sender: str = "alice@example.test", body: bytes = b"Hello\r\n") -> bytes:
    return (f"From: {sender}\r\nTo: bob@example.test\r\nSubject: {subject}\r\n"
            f"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{subject}@example.test>\r\n"
            "\r\n").encode() + body


class RoundTrip(StackTest):

    def test_mail_from_outside_reaches_the_mailbox_with_its_bytes_unchanged(self):
        sent = message("inbound", body=b".\r\n..two dots\r\n\xff\xfe 8 bit\r\n\r\n\r\n")
        reply = self.stack.deliver_from_outside(sent)
        self.assertTrue(reply.accepted, reply)
        self.assertTrue(self.stack.await_mail("alice@example.test", b"inbound").endswith(sent))

    def test_imap_shows_what_was_delivered(self):
        sent = message("imap")
        self.stack.deliver_from_outside(sent, to=["bob@example.test"])
        self.stack.await_mail("bob@example.test", b"Subject: imap")
        imap = imaplib.IMAP4(self.stack.address)
        imap.starttls(self.stack.tls_context())
        imap.login("bob@example.test", "builder")
        imap.select("INBOX")
        found = imap.search(None, "SUBJECT", "imap")[1][0].split()
        raw = imap.fetch(found[0].decode(), "(BODY.PEEK[])")[1][0][1]
        imap.logout()
        self.assertTrue(raw.endswith(sent))

    def test_submitted_mail_leaves_with_its_bytes_unchanged(self):
        sent = message("outbound", body=b".\r\n..two dots\r\n")
        reply = self.stack.submit("alice@example.test", sent)
        mail = self.stack.outside.await_mail(b"Subject: outbound")
        self.assertTrue(mail.content.endswith(sent))
        self.assertIn(f"with ESMTPSA id {reply.queue_id}".encode(), mail.content)
        self.assertEqual(mail.recipients, ("carol@remote.test",))

    def test_submission_refuses_who_is_not_logged_in(self):
        with smtplib.SMTP(self.stack.address, 587) as session:
            session.starttls(context=self.stack.tls_context())
            session.ehlo()
            self.assertEqual(session.mail("alice@example.test")[0], 250)
            self.assertEqual(session.rcpt("carol@remote.test")[0], 554)

    def test_port_25_relays_for_no_stranger(self):
        reply = self.stack.deliver_from_outside(message("relay"), to=["x@elsewhere.test"])
        self.assertEqual((reply.stage, reply.code), ("RCPT", 554))

    def test_sendmail_leaves_through_pickup(self):
        self.stack.sendmail(message("picked-up"))
        self.assertIn(b"from userid 0", self.stack.outside.await_mail(b"picked-up").content)

    def test_a_client_address_can_be_played(self):
        self.stack.deliver_from_outside(
            message("played"), client=Client("2001:db8::7", "mx.remote.test", "mx.remote.test"))
        self.assertIn(b"from mx.remote.test (mx.remote.test [IPv6:2001:db8::7])",
                      self.stack.await_mail("alice@example.test", b"Subject: played"))

    def test_postfix_asks_the_stacks_name_server(self):
        self.stack.dns.add_pointer("127.9.8.7", "host.remote.test")
        self.stack.dns.add("host.remote.test", "A", "127.9.8.7")
        with self.stack.port_25(source="127.9.8.7") as session:
            session.deliver("", ["alice@example.test"], message("named"))
        self.assertIn(b"(host.remote.test [127.9.8.7])",
                      self.stack.await_mail("alice@example.test", b"Subject: named"))

    def test_a_broken_zone_breaks_no_other(self):
        self.stack.dns.add("7.7.9.127.in-addr.arpa", "PTR", "well.remote.test.")
        self.stack.dns.add("well.remote.test", "A", "127.9.7.7")
        self.stack.dns.fail("dead.test")
        with self.stack.port_25(source="127.9.7.7") as session:
            session.deliver("x@dead.test", ["alice@example.test"], message("well"))
        self.assertIn(b"(well.remote.test [127.9.7.7])",
                      self.stack.await_mail("alice@example.test", b"Subject: well"))

    def test_a_message_may_come_in_chunks(self):
        sent = message("chunked", body=b"x" * 70 + b"\r\n")
        reply = self.stack.deliver_from_outside(sent, chunk_bytes=50)
        self.assertTrue(reply.accepted, reply)
        self.assertTrue(self.stack.await_mail("alice@example.test", b": chunked").endswith(sent))

    def test_utf8_headers_leave_as_they_came(self):
        sent = "Subject: Grüße\r\nFrom: alice@example.test\r\n\r\nutf8-header\r\n".encode()
        self.stack.submit("alice@example.test", sent, options=["SMTPUTF8", "BODY=8BITMIME"])
        mail = self.stack.outside.await_mail(b"utf8-header")
        self.assertTrue(mail.content.endswith(sent))
        self.assertIn("SMTPUTF8", mail.parameters)

    def test_a_refusal_outside_comes_back_to_the_sender(self):
        self.stack.outside.replies["refused@remote.test"] = "550 5.1.1 nobody"
        self.stack.submit("alice@example.test", message("bounced"), to=["refused@remote.test"])
        self.assertIn(b"550 5.1.1 nobody",
                      self.stack.await_mail("alice@example.test", b"Undelivered"))

    def test_a_25_mb_message_passes(self):
        body = (b"0123456789" * 7 + b"\r\n") * 350_000
        reply = self.stack.deliver_from_outside(message("large", body=body))
        self.assertTrue(reply.accepted, reply)
        self.assertTrue(self.stack.await_mail("alice@example.test", b"Subject: large").endswith(body))


class WithOpenDkim(StackTest):
    """Milters stand where they are meant to: OpenDKIM signs what leaves, verifies what comes."""

    stack_options = {"milters": Milters(outgoing=["inet:{address}:8891"],
                                        incoming=["inet:{address}:8892"])}

    @classmethod
    def start_programs(cls):
        key = make_key(cls.stack, "example.test", "s1")
        start_opendkim(cls.stack, 8891, key, mode="s")
        start_opendkim(cls.stack, 8892, mode="v")

    def test_submitted_mail_is_signed_and_verifies_when_it_comes_back(self):
        self.stack.submit("alice@example.test", message("signed"))
        wire = self.stack.outside.await_mail(b"Subject: signed").content
        self.assertIn(b"DKIM-Signature: v=1; a=rsa-sha256;", wire)
        self.stack.deliver_from_outside(wire)
        back = self.stack.await_mail("alice@example.test", b"Subject: signed")
        self.assertIn(b"dkim=pass", back.partition(b"DKIM-Signature")[0])
        self.assertEqual(self.stack.dns.queries("s1._domainkey.example.test"), 1)

    def test_mail_changed_on_its_way_fails(self):
        self.stack.submit("alice@example.test", message("changed"))
        wire = self.stack.outside.await_mail(b"Subject: changed").content
        self.stack.deliver_from_outside(wire.replace(b"Hello", b"Hallo"))
        back = self.stack.await_mail("alice@example.test", b"Subject: changed")
        self.assertIn(b"dkim=fail", back)

    def test_mail_of_local_programs_is_signed(self):
        self.stack.sendmail(message("local"))
        self.assertIn(b"DKIM-Signature:", self.stack.outside.await_mail(b"Subject: local").content)

    def test_mail_from_outside_is_not_signed(self):
        self.stack.deliver_from_outside(message("unsigned"))
        mail = self.stack.await_mail("alice@example.test", b"Subject: unsigned")
        self.assertNotIn(b"DKIM-Signature:", mail)


class SideBySide(StackTest):

    def test_stacks_do_not_see_each_others_mail(self):
        with MailStack() as other:
            other.deliver_from_outside(message("theirs"))
            self.stack.deliver_from_outside(message("ours"))
            self.stack.await_mail("alice@example.test", b"ours")
            other.await_mail("alice@example.test", b"theirs")
            self.assertEqual(self.stack.mailbox("alice@example.test", b"theirs"), [])

    def test_a_setting_changed_at_run_time_is_in_force(self):
        self.stack.postfix.set({"message_size_limit": "20000"})
        reply = self.stack.deliver_from_outside(message("too-large", body=b"x" * 40000 + b"\r\n"))
        self.assertEqual(reply.code, 552)

    def test_a_stack_leaves_nothing_behind(self):
        with MailStack() as other:
            folder, pid = other.folder, other.postfix.pid
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(Log("/var/lib/dovecot/instances").lines(folder), [])
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)


if __name__ == "__main__":
    main()
