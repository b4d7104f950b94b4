"""gatepost-dkim as Postfix's milter in daily life: what it signs and what not, what it removes,
and what it does with mail on its way when it is told to reload or to stop."""

import os
import signal
import smtplib
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from journey import AUTHOR, INSIDE, OUTSIDE, STRAIGHT_IN  # noqa: E402
from letters import Letter  # noqa: E402
from mail_stack import Client, Milters, StackTest, binary, main, wait_until  # noqa: E402
from peers import dkimpy_results, fields, results_of, sign_with_dkimpy  # noqa: E402
from stack.dkim import (  # noqa: E402
    SIGNER_PORT, VERIFIER_PORT, make_key, publish, start_signer, start_verifier)

OURS = "mail.example.test"
SIGNER, VERIFIER = f"inet:{{address}}:{SIGNER_PORT}", f"inet:{{address}}:{VERIFIER_PORT}"
WRAPPING = {"virtual_transport": "smtp:[{outside}]:25"}
OWN_NETWORK = "192.0.2.130"  # in the stack's mynetworks
MOST_FIELDS = 100  # as many forged Authentication-Results fields as the verifier removes
LONG_LINES = b"a" * 5000 + b"\r\n"


class SigningTest(StackTest):
    """A signer with an RSA and an ed25519 key for example.test, with its default options."""

    stack_options = {"milters": Milters(outgoing=[SIGNER], incoming=[VERIFIER]),
                     "postfix": WRAPPING}
    rows = ""

    @classmethod
    def start_programs(cls):
        program = binary("gatepost-dkim")
        cls.keys = [make_key(cls.stack, "example.test", "ed", "ed25519"),
                    make_key(cls.stack, "example.test", "rsa")]
        cls.signer = start_signer(cls.stack, program, cls.keys, rows=cls.rows)
        cls.verifier = start_verifier(cls.stack, program)

    def path(self, name: str) -> str:
        return os.path.join(self.stack.folder, name)

    def rewrite(self, name: str, old: str, new: str):
        """Changes a file and has the signer read it."""
        with open(self.path(name)) as file:
            text = file.read()
        self.stack.write(name, text.replace(old, new))
        self.reload()

    def reload(self):
        before = len(self.signer.log.lines("reload"))
        self.signer.signal(signal.SIGHUP)
        wait_until(lambda: len(self.signer.log.lines("reload")) > before, 10, "a reload")

    def sent(self, letter: Letter) -> bytes:
        return self.stack.outside.await_mail(letter.mark).content

    def assert_good(self, wire: bytes):
        """Signed by both keys, and good to dkimpy."""
        self.assertEqual(dkimpy_results(wire, self.keys), {"ed": "pass", "rsa": "pass"})

    def assert_unsigned(self, wire: bytes):
        self.assertEqual(fields(wire, "DKIM-Signature"), [])


class WhoIsSigned(SigningTest):
    rows = ("open.test s {folder}/open.pem\n" "gone.test s {folder}/gone.pem\n"
            "broken.test s {folder}/broken.pem\n")

    @classmethod
    def start_programs(cls):
        cls.rows = cls.rows.format(folder=cls.stack.folder)
        super().start_programs()
        with open(cls.keys[0].path, "rb") as file:
            cls.stack.write("open.pem", file.read(), 0o644)
        cls.stack.write("broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n", 0o600)

    def test_mail_of_a_user_is_signed_with_both_keys(self):
        letter = Letter("of a user")
        self.assertTrue(self.stack.submit(AUTHOR, letter.content()).accepted)
        self.assert_good(self.sent(letter))

    def test_mail_of_local_programs_is_signed(self):
        letter = Letter("of a local program", b"with a dot\r\n.\r\n..\r\nand an end\r\n")
        self.stack.sendmail(letter.content())
        self.assert_good(self.sent(letter))

    def test_mail_with_the_null_sender_is_signed_by_its_author(self):
        letter = Letter("null sender")
        self.assertTrue(self.stack.submit(AUTHOR, letter.content(), mail_from="").accepted)
        self.assert_good(self.sent(letter))

    def test_mail_to_many_recipients_is_signed_once(self):
        letter = Letter("many recipients")
        to = [f"r{i}@remote.test" for i in range(20)]
        self.assertTrue(self.stack.submit(AUTHOR, letter.content(), to=to).accepted)
        wire = self.sent(letter)
        self.assert_good(wire)
        self.assertEqual(len(fields(wire, "DKIM-Signature")), 2)

    def test_each_message_of_a_session_is_signed_by_itself(self):
        letters = [Letter(f"in a row {i}", b"%d\r\n" % i) for i in range(5)]
        with self.stack.submission(AUTHOR) as session:
            for letter in letters:
                session.deliver(AUTHOR, [OUTSIDE], letter.content())
        for letter in letters:
            self.assert_good(self.sent(letter))

    def test_a_message_that_was_given_up_leaves_nothing_to_the_next(self):
        letter = Letter("after another")
        with self.stack.submission(AUTHOR) as session:
            session.ehlo()
            session.mail("mallory@other.test")
            session.rcpt(OUTSIDE)
            session.rset()
            session.deliver(AUTHOR, [OUTSIDE], letter.content())
        self.assert_good(self.sent(letter))

    def test_mail_that_has_not_one_clear_author_is_not_signed(self):
        authors = {
            "two fields": b"From: alice@example.test\r\nFrom: eve@other.test\r\n",
            "two fields of one domain": b"From: a@example.test\r\nfrom: b@example.test\r\n",
            "two domains": b"From: alice@example.test, eve@other.test\r\n",
            "no address": b"From: Alice\r\n",
            "an empty field": b"From:\r\n",
            "no domain": b"From: alice@\r\n",
        }
        for name, author in authors.items():
            with self.subTest(author=name):
                letter = Letter(name, author=author)
                self.assertTrue(self.stack.submit(AUTHOR, letter.content()).accepted)
                self.assert_unsigned(self.sent(letter))

    def test_mail_from_a_domain_without_a_key_passes_unsigned(self):
        letter = Letter("no key", author=b"From: x@elsewhere.test\r\n")
        self.assertTrue(self.stack.submit(AUTHOR, letter.content()).accepted)
        self.assert_unsigned(self.sent(letter))

    def test_mail_whose_key_cannot_be_read_is_put_off_and_does_not_leave(self):
        for domain, reason in (("open.test", "is open to all users"), ("gone.test", "No such file"),
                               ("broken.test", "broken.pem")):
            with self.subTest(domain=domain):
                letter = Letter(f"key of {domain}", author=f"From: a@{domain}\r\n".encode())
                reply = self.stack.submit(AUTHOR, letter.content())
                self.assertEqual((reply.stage, reply.code), ("DATA", 451))
                self.assertEqual(reply.text.split()[0], "4.7.5")
                for secret in (self.stack.folder, "pem", "key"):
                    self.assertNotIn(secret, reply.text)
                self.signer.log.await_line(f"signing_failed.*{reason}")
                self.assertEqual(self.stack.outside.messages(letter.mark), [])

    def test_a_local_message_whose_key_cannot_be_read_waits_unsent(self):
        letter = Letter("local without key", author=b"From: a@gone.test\r\n")
        self.stack.sendmail(letter.content())
        self.signer.log.await_line("signing_failed.*client=.*gone.pem")
        self.assertEqual(self.stack.outside.messages(letter.mark), [])

    def test_the_log_has_one_line_with_the_queue_id_and_the_user(self):
        letter = Letter("logged")
        reply = self.stack.submit(AUTHOR, letter.content())
        self.signer.log.await_line(f"signed queue_id={reply.queue_id} .*user={AUTHOR}")
        self.assertEqual(len(self.signer.log.lines(reply.queue_id)), 1)


class LongLines(SigningTest):
    """Postfix wraps at its default smtp_line_length_limit, 998."""

    def test_a_line_that_postfix_will_wrap_is_warned_of_and_breaks_the_signature(self):
        letter = Letter("wrapped", LONG_LINES)
        reply = self.stack.submit(AUTHOR, letter.content())
        self.assertTrue(reply.accepted, reply)
        line = self.signer.log.await_line(f"signature_will_break queue_id={reply.queue_id}")
        self.assertIn("longest_line=5000", line)
        wire = self.sent(letter)
        self.assertEqual(max(map(len, wire.split(b"\r\n"))), 998)
        self.assertEqual(set(dkimpy_results(wire, self.keys).values()), {"fail"})
        self.stack.deliver_from_outside(wire, to=[INSIDE])
        arrived = self.stack.outside.await_mail(letter.mark, count=2).content
        self.assertEqual(results_of(arrived, OURS), {"ed": "fail", "rsa": "fail"})

    def test_a_line_of_998_bytes_is_not_warned_of(self):
        letter = Letter("just fits", b"a" * 998 + b"\r\n" + b"b" * 998 + b"\r\n")
        reply = self.stack.submit(AUTHOR, letter.content())
        self.assert_good(self.sent(letter))
        self.assertEqual(self.signer.log.lines(f"signature_will_break.*{reply.queue_id}"), [])

    def test_a_line_of_999_bytes_is_warned_of(self):
        letter = Letter("just does not fit", b"a" * 999 + b"\r\n")
        reply = self.stack.submit(AUTHOR, letter.content())
        self.signer.log.await_line(f"signature_will_break queue_id={reply.queue_id}")
        self.assertEqual(set(dkimpy_results(self.sent(letter), self.keys).values()), {"fail"})

    def test_the_option_refuses_long_lines(self):
        self.rewrite(f"gatepost-dkim-{SIGNER_PORT}/dkim.toml", "[sign]\n",
                     '[sign]\nlong_lines = "refuse"\n')
        letter = Letter("refused", LONG_LINES)
        reply = self.stack.submit(AUTHOR, letter.content())
        self.assertEqual((reply.stage, reply.code), ("DATA", 550))
        self.assertEqual(reply.text.split()[0], "5.6.0")
        self.assertIn("a line of more than 998 octets", reply.text)
        self.assertEqual(self.stack.outside.messages(letter.mark), [])
        self.rewrite(f"gatepost-dkim-{SIGNER_PORT}/dkim.toml", '\nlong_lines = "refuse"', "")


class ReloadAndStop(SigningTest):

    def test_a_reload_while_mail_flows_loses_no_message_and_leaves_none_unsigned(self):
        letters = [Letter(f"flow {i}") for i in range(40)]
        replies = []
        flow = [threading.Thread(target=self.send_all, args=(letters[i::4], replies))
                for i in range(4)]
        for thread in flow:
            thread.start()
        keys = self.reload_with_new_selectors(("ed2", "ed3", "ed4"))
        for thread in flow:
            thread.join(60)
        self.assertEqual([reply.accepted for reply in replies], [True] * 40)
        for letter in letters:
            results = dkimpy_results(self.sent(letter), self.keys + keys)
            self.assertEqual(list(results.values()), ["pass", "pass"])

    def send_all(self, letters, replies):
        with self.stack.submission(AUTHOR) as session:
            for letter in letters:
                replies.append(session.deliver(AUTHOR, [OUTSIDE], letter.content()))

    def reload_with_new_selectors(self, selectors):
        now, keys = "ed", []
        for selector in selectors:
            keys.append(publish(self.stack, self.keys[0], selector))
            self.rewrite(f"dkim-{SIGNER_PORT}.keys", f" {now} ", f" {selector} ")
            now = selector
        self.rewrite(f"dkim-{SIGNER_PORT}.keys", f" {now} ", " ed ")
        return keys

    def test_a_reload_of_a_broken_table_changes_nothing(self):
        self.rewrite(f"dkim-{SIGNER_PORT}.keys", "example.test rsa", "example..test rsa")
        self.signer.log.await_line("reload failed, the old configuration stays")
        letter = Letter("after a bad reload")
        self.assertTrue(self.stack.submit(AUTHOR, letter.content()).accepted)
        self.assert_good(self.sent(letter))
        self.rewrite(f"dkim-{SIGNER_PORT}.keys", "example..test rsa", "example.test rsa")

    def test_mail_is_put_off_while_the_program_is_away(self):
        self.assertEqual(self.signer.stop(), 0)
        letter = Letter("without a signer")
        try:
            # Postfix asks its milters before it lets a client log in.
            with self.assertRaises(smtplib.SMTPResponseException) as caught:
                self.stack.submit(AUTHOR, letter.content())
            self.assertEqual(caught.exception.smtp_code // 100, 4)
        finally:
            type(self).signer = start_signer(self.stack, binary("gatepost-dkim"), self.keys)
        self.assertTrue(self.stack.submit(AUTHOR, letter.content()).accepted)
        self.assert_good(self.sent(letter))


class Stop(StackTest):
    """A verifier whose name server says nothing, so that a message stays under way."""

    stack_options = {"milters": Milters(incoming=[VERIFIER]), "postfix": STRAIGHT_IN}

    @classmethod
    def start_programs(cls):
        cls.silent_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.silent_server.close)
        cls.silent_server.bind(("127.0.0.1", 0))
        cls.silent_server.settimeout(30)
        cls.verifier = start_verifier(
            cls.stack, binary("gatepost-dkim"), 'timeout = "2s"\n',
            resolver=f"127.0.0.1:{cls.silent_server.getsockname()[1]}")
        cls.key = make_key(cls.stack, "example.test", "s", "ed25519")

    def test_a_message_under_way_is_finished_when_the_program_is_told_to_stop(self):
        letter = Letter("under way")
        wire = sign_with_dkimpy(letter.content(), self.key)
        replies = []
        sender = threading.Thread(target=lambda: replies.append(
            self.stack.deliver_from_outside(wire, to=[INSIDE])))
        sender.start()
        self.silent_server.recv(1000)  # the verifier has the message and asks for the key
        self.verifier.signal(signal.SIGTERM)
        self.verifier.log.await_line("stopping messages_under_way=1")
        sender.join(60)
        self.assertTrue(replies[0].accepted, replies)
        arrived = self.stack.outside.await_mail(letter.mark).content
        self.assertEqual(results_of(arrived, OURS), {"s": "temperror"})
        self.assertEqual(self.verifier.wait(), 0)


class OnOneServer(StackTest):
    """mode = "both": the same program on all ways, each message by whose it is."""

    stack_options = {"milters": Milters(outgoing=[SIGNER], incoming=[SIGNER]),
                     "postfix": STRAIGHT_IN}

    @classmethod
    def start_programs(cls):
        cls.key = make_key(cls.stack, "example.test", "s", "ed25519")
        options = 'networks = ["192.0.2.128/25", "2001:db8:1::/64"]\n'
        cls.program = start_signer(cls.stack, binary("gatepost-dkim"), [cls.key], options,
                                   mode="both")

    def arrive(self, letter: Letter, client: Client | None = None, content: bytes = b"") -> bytes:
        reply = self.stack.deliver_from_outside(content or letter.content(), to=[INSIDE],
                                                mail_from=AUTHOR, client=client)
        self.assertTrue(reply.accepted, reply)
        return self.stack.outside.await_mail(letter.mark).content

    def test_mail_of_a_client_in_our_networks_is_signed(self):
        for address in (OWN_NETWORK, "2001:db8:1::7"):
            with self.subTest(address=address):
                letter = Letter(f"from {address.replace(':', '-')}")
                wire = self.arrive(letter, Client(address))
                self.assertEqual(dkimpy_results(wire, [self.key]), {"s": "pass"})
                self.assertEqual(fields(wire, "Authentication-Results"), [])

    def test_mail_of_a_stranger_is_verified_and_not_signed(self):
        for address in ("192.0.2.127", "2001:db8:2::7", "127.0.0.1"):
            with self.subTest(address=address):
                letter = Letter(f"strange {address.replace(':', '-')}")
                wire = self.arrive(letter, Client(address))
                self.assertEqual(fields(wire, "DKIM-Signature"), [])
                self.assertEqual(results_of(wire, OURS), {"": "none"})

    def test_mail_that_was_signed_on_its_way_out_is_good_when_it_comes_back(self):
        out = Letter("out and in")
        self.stack.submit(AUTHOR, out.content())
        wire = self.stack.outside.await_mail(out.mark).content
        self.stack.deliver_from_outside(wire, to=[INSIDE])
        arrived = self.stack.outside.await_mail(out.mark, count=2).content
        self.assertEqual(results_of(arrived, OURS), {"s": "pass"})


FORGED = {
    "plain": b"Authentication-Results: mail.example.test; dkim=pass",
    "lower case": b"authentication-results: mail.example.test; dkim=pass",
    "upper case": b"AUTHENTICATION-RESULTS: MAIL.EXAMPLE.TEST; DKIM=PASS",
    "id in mixed case": b"Authentication-Results: Mail.Example.TEST; dkim=pass",
    "no space": b"Authentication-Results:mail.example.test;dkim=pass",
    "tab": b"Authentication-Results:\tmail.example.test\t;\tdkim=pass",
    "folded": b"Authentication-Results: mail.example.test;\r\n dkim=pass",
    "folded at once": b"Authentication-Results:\r\n mail.example.test; dkim=pass",
    "folded twice": b"Authentication-Results:\r\n\t \r\n mail.example.test; dkim=pass",
    "comment before": b"Authentication-Results: (a) mail.example.test; dkim=pass",
    "comment after": b"Authentication-Results: mail.example.test (a); dkim=pass",
    "nested comments": b"Authentication-Results: (a (b) \\( c) mail.example.test ((d)); dkim=pass",
    "comment and fold": b"Authentication-Results: (a\r\n b)\r\n mail.example.test; dkim=pass",
    "version": b"Authentication-Results: mail.example.test 1; dkim=pass",
    "other version": b"Authentication-Results: mail.example.test 99; dkim=pass",
    "version after a comment": b"Authentication-Results: mail.example.test(a)1(b); dkim=pass",
    "quoted": b'Authentication-Results: "mail.example.test"; dkim=pass',
    "quoted with escapes": b'Authentication-Results: "mail.exampl\\e.test"; dkim=pass',
    "no results": b"Authentication-Results: mail.example.test; none",
    "id alone": b"Authentication-Results: mail.example.test",
    # A foreign id, but a sloppy reader may take what stands beside it for one.
    "comment that names us": b"Authentication-Results: other.test (mail.example.test); dkim=pass",
    "space before the colon": b"Authentication-Results : mail.example.test; dkim=pass",
}

KEPT = {
    "another id": b"Authentication-Results: mx.other.test; dkim=pass",
    "a longer id": b"Authentication-Results: mail.example.test.evil.test; dkim=pass",
    "an id that ends like ours": b"Authentication-Results: xmail.example.test; dkim=pass",
    "ours as a result": b"Authentication-Results: other.test; dkim=pass header.d=mail.example.test",
    "another name": b"X-Authentication-Results: mail.example.test; dkim=pass",
    "ARC's field": b"ARC-Authentication-Results: i=1; mail.example.test; dkim=pass",
}


class ForgedResults(StackTest):
    stack_options = {"milters": Milters(incoming=[VERIFIER]), "postfix": STRAIGHT_IN}

    @classmethod
    def start_programs(cls):
        start_verifier(cls.stack, binary("gatepost-dkim"))

    def arrive(self, name: str, header: bytes) -> bytes:
        letter = Letter(name)
        reply = self.stack.deliver_from_outside(header + letter.content(), to=[INSIDE])
        self.assertTrue(reply.accepted, reply)
        return self.stack.outside.await_mail(letter.mark).content

    def assert_only_ours(self, arrived: bytes):
        self.assertEqual(results_of(arrived, OURS), {"": "none"})
        self.assertEqual(len(fields(arrived, "Authentication-Results")), 1)
        self.assertNotIn(b"dkim=pass", arrived.lower())

    def test_every_spelling_of_our_name_is_removed(self):
        for name, field in FORGED.items():
            with self.subTest(spelling=name):
                self.assert_only_ours(self.arrive(name, field + b"\r\n"))

    def test_all_of_them_are_removed_when_they_come_together(self):
        self.assert_only_ours(self.arrive("together", b"\r\n".join(FORGED.values()) + b"\r\n"))

    def test_as_many_as_the_limit_allows_are_removed(self):
        self.assert_only_ours(self.arrive("many", (FORGED["plain"] + b"\r\n") * MOST_FIELDS))

    def test_mail_with_more_is_refused(self):
        letter = Letter("too many", header=(FORGED["plain"] + b"\r\n") * (MOST_FIELDS + 1))
        reply = self.stack.deliver_from_outside(letter.content(), to=[INSIDE])
        self.assertEqual((reply.stage, reply.code), ("DATA", 550))
        self.assertIn("too many Authentication-Results fields", reply.text)

    def test_those_of_others_are_kept_as_they_are(self):
        for name, field in KEPT.items():
            with self.subTest(field=name):
                self.assertIn(b"\r\n" + field + b"\r\n", self.arrive(name, field + b"\r\n"))

    def test_those_of_others_are_kept_between_forged_ones(self):
        mixed = [field for pair in zip(FORGED.values(), KEPT.values()) for field in pair]
        arrived = self.arrive("between", b"\r\n".join(mixed) + b"\r\n")
        for name, field in KEPT.items():
            with self.subTest(field=name):
                self.assertIn(b"\r\n" + field + b"\r\n", arrived)
        for name, field in zip(FORGED, mixed[::2]):
            with self.subTest(spelling=name):
                self.assertNotIn(b"\r\n" + field + b"\r\n", arrived)

    def test_the_body_is_not_touched(self):
        letter = Letter("in the body", FORGED["plain"] + b"\r\n")
        self.stack.deliver_from_outside(letter.content(), to=[INSIDE])
        self.assertTrue(self.stack.outside.await_mail(letter.mark).content.endswith(
            b"\r\n\r\n" + letter.body))

    def test_our_result_stands_above_our_own_received_field(self):
        arrived = self.arrive("order", b"")
        self.assertTrue(arrived.startswith(b"Authentication-Results: mail.example.test"))
        self.assertIn(b"\r\nReceived: from client.example", arrived)


if __name__ == "__main__":
    main()
