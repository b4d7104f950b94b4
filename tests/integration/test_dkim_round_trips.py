"""gatepost-dkim between real servers: what it signs on submission is good in everybody's eyes after
Postfix has sent it, and what others sign is good in its own."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from mail_stack import Milters, StackTest, binary, main  # noqa: E402
from opendkim import start_opendkim  # noqa: E402
from peers import dkimpy_results, fields, results_of, sign_with_dkimpy  # noqa: E402
from stack.dkim import SIGNER_PORT, VERIFIER_PORT, make_key, start_signer, start_verifier  # noqa: E402

OPENDKIM_PORT = 8893
OURS, OPENDKIM = "mail.example.test", "peer.example.test"

# From domain -> the canonicalization that its two keys sign with.
METHODS = {
    "rr.example.test": "relaxed/relaxed",
    "rs.example.test": "relaxed/simple",
    "sr.example.test": "simple/relaxed",
    "ss.example.test": "simple/simple",
}

# OpenDKIM finds an ed25519 signature with simple headers bad: it hashes the signature's own field
# in another form than it signs (RFC 8463 changes nothing there).
OPENDKIM_IS_WRONG = {("ed25519", "simple/relaxed"), ("ed25519", "simple/simple")}

LONG = b"x" * 996
SHAPES = {
    # name: (further header fields, body, MAIL FROM parameters)
    "plain": (b"", b"Hello\r\n", ()),
    "no body": (b"", b"", ()),
    "empty lines at the end": (b"", b"Hello\r\n\r\n\r\n\r\n", ()),
    "only empty lines": (b"", b"\r\n\r\n\r\n", ()),
    "blanks at line ends": (b"", b"a \t \r\n \t\r\n  b  c\t\r\n", ()),
    "8-bit bytes": (b"", b"Gr\xfc\xdfe \xff\xfe \x80\r\n", ("BODY=8BITMIME",)),
    "lines of 998 bytes": (b"", b"ab" + LONG + b"\r\n" + b"cd" + LONG + b"\r\n", ()),
    "lines of 5,000 bytes": (b"", b"y" * 5000 + b"\r\n" + b"z" * 5000 + b"\r\n", ()),
    "folded header fields": (b"References: <a@example.test>\r\n\t<b@example.test>\r\n"
                             b" \t <c@example.test>\r\n", b"Hello\r\n", ()),
    "duplicate header fields": (b"Comments: one\r\nComments: two\r\nKeywords: a\r\nKeywords: b\r\n",
                                b"Hello\r\n", ()),
    "no space after the colon": (b"Sender:<alice@example.test>\r\nComments:x\r\n"
                                 b"Reply-To:\t<bob@example.test>\r\n", b"Hello\r\n", ()),
    "lines that begin with dots": (b"", b".\r\n..\r\n...x\r\n.y\r\n", ()),
    "UTF-8 header fields": ("Comments: Grüße aus Łódź\r\n".encode(), b"Hello\r\n",
                            ("SMTPUTF8", "BODY=8BITMIME")),
    "a list's unsubscribe fields": (b"List-Unsubscribe: <https://example.test/u>\r\n"
                                    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                                    b"Hello\r\n", ()),
    "25 MB": (b"", (b"0123456789" * 7 + b"\r\n") * 350_000, ()),
}


def compose(subject: str, domain: str, shape: str) -> tuple[bytes, tuple[str, ...]]:
    further, body, options = SHAPES[shape]
    header = (f"From: Alice <alice@{domain}>\r\nTo: bob@example.test\r\nSubject: {subject}\r\n"
              f"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{subject}@{domain}>\r\n")
    return header.encode() + further + b"\r\n" + body, options


class DkimStack(StackTest):
    """Signer on the way out; our verifier, then OpenDKIM, on the way in."""

    stack_options = {
        "milters": Milters(outgoing=[f"inet:{{address}}:{SIGNER_PORT}"],
                           incoming=[f"inet:{{address}}:{VERIFIER_PORT}",
                                     f"inet:{{address}}:{OPENDKIM_PORT}"]),
        "postfix": {"smtp_line_length_limit": "0", "lmtp_line_length_limit": "0"},
    }

    @classmethod
    def start_programs(cls):
        program = binary("gatepost-dkim")
        cls.keys = [make_key(cls.stack, domain, f"{algorithm}-{domain[:2]}", algorithm)
                    for domain in METHODS for algorithm in ("rsa", "ed25519")]
        rows = "".join(f"{key.domain} {key.selector} {key.path} "
                       f"canonicalization={METHODS[key.domain]}\n" for key in cls.keys)
        cls.signer = start_signer(cls.stack, program, [], "line_limit = 0", rows)
        cls.verifier = start_verifier(cls.stack, program)
        start_opendkim(cls.stack, OPENDKIM_PORT, mode="v", authserv_id=OPENDKIM)

    def keys_of(self, domain: str):
        return [key for key in self.keys if key.domain == domain]

    def arrive(self, wire: bytes, subject: str, options=()) -> bytes:
        """The same bytes in at port 25, as they are in the mailbox."""
        # Dovecot's LMTP knows no SMTPUTF8; to the verifier the bytes are the same without it.
        options = [option for option in options if option != "SMTPUTF8"]
        reply = self.stack.deliver_from_outside(wire, to=["bob@example.test"], options=options)
        self.assertTrue(reply.accepted, reply)
        arrived = self.stack.await_mail("bob@example.test", f"Subject: {subject}\r\n".encode())
        self.stack.dovecot.empty("bob@example.test")
        return arrived


class SignedHere(DkimStack):

    def round_trip(self, shape: str, domain: str):
        subject = f"{shape} {METHODS[domain]}"
        letter, options = compose(subject.replace(" ", "-"), domain, shape)
        reply = self.stack.submit("alice@example.test", letter, options=options)
        self.assertTrue(reply.accepted, reply)
        wire = self.stack.outside.await_mail(subject.replace(" ", "-").encode()).content
        self.assertEqual(len(fields(wire, "DKIM-Signature")), 2)
        arrived = self.arrive(wire, subject.replace(" ", "-"), options)
        self.check(wire, arrived, domain)

    def check(self, wire: bytes, arrived: bytes, domain: str):
        keys = self.keys_of(domain)
        everything = {key.selector: "pass" for key in keys}
        self.assertEqual(results_of(arrived, OURS), everything, "gatepost-dkim")
        if len(wire) < 1_000_000:  # dkimpy takes minutes for the large ones
            self.assertEqual(dkimpy_results(wire, keys), dict.fromkeys(everything, True), "dkimpy")
        for key in keys:
            if (key.algorithm, METHODS[domain]) not in OPENDKIM_IS_WRONG:
                self.assertEqual(results_of(arrived, OPENDKIM)[key.selector], "pass", "OpenDKIM")


def _add_round_trips():
    for shape in SHAPES:
        def test(self, shape=shape):
            for domain in METHODS:
                with self.subTest(canonicalization=METHODS[domain]):
                    self.round_trip(shape, domain)
        name = shape.replace(" ", "_").replace(",", "").replace("'", "")
        setattr(SignedHere, f"test_mail_with_{name}_verifies_everywhere", test)


_add_round_trips()


class SignedElsewhere(DkimStack):

    def test_mail_signed_by_dkimpy_verifies_here(self):
        for key in self.keys:
            for shape in set(SHAPES) - {"25 MB"}:
                with self.subTest(selector=key.selector, shape=shape):
                    subject = f"dkimpy-{key.selector}-{shape}".replace(" ", "-")
                    letter, options = compose(subject, key.domain, shape)
                    wire = sign_with_dkimpy(letter, key, METHODS[key.domain])
                    arrived = self.arrive(wire, subject, options)
                    self.assertEqual(results_of(arrived, OURS), {key.selector: "pass"})

    def test_a_change_on_the_way_is_found_out(self):
        key = self.keys[0]
        letter, _ = compose("tampered", key.domain, "plain")
        wire = sign_with_dkimpy(letter, key).replace(b"Hello", b"Hallo")
        self.assertEqual(results_of(self.arrive(wire, "tampered"), OURS), {key.selector: "fail"})

    def test_unsigned_mail_has_no_result_but_none(self):
        letter, _ = compose("unsigned", "elsewhere.test", "plain")
        self.assertEqual(results_of(self.arrive(letter, "unsigned"), OURS), {"": "none"})

    def test_a_missing_key_is_a_permanent_error(self):
        key = self.keys[0]
        letter, _ = compose("no-key", key.domain, "plain")
        wire = sign_with_dkimpy(letter, key).replace(f"s={key.selector};".encode(), b"s=gone;")
        self.assertEqual(results_of(self.arrive(wire, "no-key"), OURS), {"gone": "permerror"})

    def test_a_dead_name_server_is_a_temporary_error(self):
        key = self.keys[0]
        self.stack.dns.fail("dead.test")
        letter, _ = compose("dead-dns", key.domain, "plain")
        wire = sign_with_dkimpy(letter, key).replace(f"d={key.domain};".encode(), b"d=dead.test;")
        arrived = self.arrive(wire.replace(b"i=@" + key.domain.encode(), b"i=@dead.test"), "dead-dns")
        self.assertEqual(results_of(arrived, OURS), {key.selector: "temperror"})

    def test_forged_results_under_our_name_are_removed(self):
        forged = ("Authentication-Results: mail.example.test; dkim=pass header.d=bank.test\r\n"
                  "authentication-results:\r\n\tMAIL.example.TEST (us) 1; dkim=pass header.d=bank.test\r\n"
                  "Authentication-Results: (x) mail.example.test; spf=pass\r\n"
                  "Authentication-Results: other.test; dkim=pass header.d=bank.test\r\n").encode()
        letter, _ = compose("forged", "elsewhere.test", "plain")
        arrived = self.arrive(forged + letter, "forged")
        left = [field for field in fields(arrived, "Authentication-Results") if "bank.test" in field]
        self.assertEqual(len(left), 1, left)
        self.assertIn("other.test", left[0])
        self.assertNotIn(b"spf=pass", arrived)

    def test_the_result_stands_above_our_own_received_field(self):
        letter, _ = compose("position", "elsewhere.test", "plain")
        arrived = self.arrive(letter, "position")
        ours = arrived.index(b"Authentication-Results: mail.example.test")
        self.assertLess(ours, arrived.index(b"by mail.example.test (Postfix)"))


class WhoIsSigned(DkimStack):

    def test_mail_of_local_programs_is_signed(self):
        letter, _ = compose("by-sendmail", "rr.example.test", "plain")
        self.stack.sendmail(letter)
        wire = self.stack.outside.await_mail(b"by-sendmail").content
        self.assertEqual(len(fields(wire, "DKIM-Signature")), 2)
        self.assertEqual(set(dkimpy_results(wire, self.keys).values()), {True})

    def test_mail_from_a_domain_without_a_key_passes_unsigned(self):
        letter, _ = compose("foreign-from", "elsewhere.test", "plain")
        self.stack.submit("alice@example.test", letter)
        self.assertEqual(fields(self.stack.outside.await_mail(b"foreign-from").content,
                                "DKIM-Signature"), [])

    def test_mail_with_two_from_fields_is_never_signed(self):
        letter, _ = compose("two-authors", "rr.example.test", "plain")
        self.stack.submit("alice@example.test", b"From: <eve@rr.example.test>\r\n" + letter)
        self.assertEqual(fields(self.stack.outside.await_mail(b"two-authors").content,
                                "DKIM-Signature"), [])

    def test_the_log_has_one_line_with_the_queue_id(self):
        letter, _ = compose("logged", "rr.example.test", "plain")
        reply = self.stack.submit("alice@example.test", letter)
        self.signer.log.await_line(rf"signed queue_id={reply.queue_id} .*user=alice@example.test")
        self.assertEqual(len(self.signer.log.lines(reply.queue_id)), 1)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
