"""gatepost-dmarc-report through a real Postfix: a report that leaves, arrives and is read; a bounce
that comes back through Postfix's pipe(8) and ends the reports of one address; forged bounces; a
failure report from the forged message to its reader."""

import email
import email.policy
import gzip
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from aggregate_reports import NAMESPACE, assert_valid  # noqa: E402
from gatepost_dmarc import PORT, Options, start_dmarc  # noqa: E402
from mail_stack import Client, Milters, StackTest, binary, main, wait_until  # noqa: E402

INSIDE = "alice@example.test"
BOUNCES = "dmarc-bounces@example.test"
PIPE = """
report-bounce unix - n n - 2 pipe
  flags=q user=nobody argv={program} -c {folder}/dmarc-report.toml --site {folder}/gatepost.toml --bounce --recipient ${{original_recipient}}
"""
SITE = """\
[identity]
hostname = "mail.example.test"
[store]
url = "{redis}"
[dns]
servers = ["{dns}:53"]
[log]
target = "stderr"
"""
OPTIONS = """\
enabled = true
[reporter]
organization = "Example Test"
contact = "postmaster@example.test"
[mail]
from = "dmarc@example.test"
bounce_address = "dmarc-bounces@example.test"
server = "{address}:25"
[schedule]
delay = "0s"
spread = "0s"
"""

class Reports(StackTest):
    stack_options = {"postfix": {
        "mynetworks": "127.0.0.0/8",  # the program is a client on this host
        "recipient_delimiter": "+",
        "transport_maps": "inline:{{ {{%s=report-bounce:}} }}" % BOUNCES,
        "report-bounce_destination_recipient_limit": "1",
        "virtual_mailbox_maps": "texthash:{config}/mailboxes, inline:{{ {{%s=x}} }}" % BOUNCES,
    }}

    @classmethod
    def start_programs(cls):
        cls.program = binary("gatepost-dmarc-report")
        cls.collector = binary("gatepost-test-report-rows")
        stack = cls.stack
        stack.write("gatepost.toml", SITE.format(redis=stack.redis.url, dns=stack.dns.address))
        stack.write("dmarc-report.toml", OPTIONS.format(address=stack.address))
        os.chmod(stack.folder, 0o755)
        with open(f"{stack.postfix.config}/master.cf", "a") as master:
            master.write(PIPE.format(program=cls.program, folder=stack.folder))
        stack.postfix.set({})

    def collect(self, domain: str, *addresses: str):
        """A row about `domain`, seen yesterday."""
        subprocess.run([self.collector, self.stack.redis.url, str(int(time.time()) // 86400 - 1),
                        domain, *addresses], check=True)

    def run_once(self) -> str:
        done = subprocess.run(
            [self.program, "-c", f"{self.stack.folder}/dmarc-report.toml", "--site",
             f"{self.stack.folder}/gatepost.toml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def refused(self) -> str:
        return self.stack.redis.command("HGETALL", "gp:admin:{dmarc-report-refused}")

    def test_a_report_arrives_whole_and_valid(self):
        self.collect("valid.example", "reports@valid.example")
        self.assertIn("report_sent domain=valid.example", self.run_once())
        mail = self.stack.outside.await_mail(b"Report Domain: valid.example")
        self.assertEqual(mail.recipients, ("reports@valid.example",))
        self.assertRegex(mail.mail_from, r"^dmarc-bounces\+[0-9a-f]{32}@example\.test$")
        message = email.message_from_bytes(mail.content, policy=email.policy.default)
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        report = next(message.iter_attachments())
        self.assertRegex(report.get_filename(),
                         r"^example\.test!valid\.example!\d+!\d+![0-9a-f]+\.xml\.gz$")
        xml = gzip.decompress(report.get_content())
        root = ElementTree.fromstring(xml)
        self.assertEqual(root.findtext(f"{NAMESPACE}policy_published/{NAMESPACE}domain"),
                         "valid.example")
        identifier = root.findtext(f"{NAMESPACE}report_metadata/{NAMESPACE}report_id")
        self.assertIn(identifier, message["Subject"])
        self.assertIn(identifier, message["Message-ID"])
        assert_valid(self, xml)

    def test_an_address_that_bounces_gets_no_more(self):
        self.stack.outside.replies["gone@gone.example"] = "550 5.1.1 nobody here"
        self.collect("gone.example", "gone@gone.example")
        self.assertIn("report_sent", self.run_once())
        wait_until(lambda: "gone@gone.example" in self.refused(), 20, "a refusal learned")
        self.collect("www.gone.example", "gone@gone.example")
        self.assertIn('report_dropped domain=www.gone.example', self.run_once())

    def test_a_forged_bounce_changes_nothing(self):
        self.collect("safe.example", "reports@safe.example")
        self.run_once()
        report = self.stack.outside.await_mail(b"Report Domain: safe.example")
        message_id = email.message_from_bytes(report.content)["Message-ID"]
        forged = ("From: MAILER-DAEMON@safe.example\r\nSubject: failed (forged)\r\n"
                  "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                  "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                  "Final-Recipient: rfc822; reports@safe.example\r\nAction: failed\r\n"
                  "Status: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
                  f"Message-ID: {message_id}\r\n\r\n--b--\r\n").encode()
        address = BOUNCES.replace("@", "+" + "0" * 32 + "@")
        reply = self.stack.deliver_from_outside(forged, [address], mail_from="")
        self.assertTrue(reply.accepted, reply)
        self.stack.postfix.log.await_line(rf"to=<{address.replace('+', '.')}>.*status=sent", 20)
        self.assertNotIn("safe.example", self.refused())


class FailureReports(StackTest):
    stack_options = {"postfix": {"mynetworks": "127.0.0.0/8"},
                     "milters": Milters(incoming=[f"inet:{{address}}:{PORT}"])}

    @classmethod
    def start_programs(cls):
        stack = cls.stack
        cls.program = binary("gatepost-dmarc-report")
        judging = Options(local_networks=("127.0.0.0/8",),
                          more='[reports]\nfailure_reports = true\n'
                               'failure_sender = "dmarc@example.test"\n')
        start_dmarc(stack, binary("gatepost-dmarc"), judging)
        stack.write("gatepost.toml", SITE.format(redis=stack.redis.url, dns=stack.dns.address))
        stack.write("dmarc-report.toml", OPTIONS.format(address=stack.address))
        for name, text in {
                "_dmarc.forged.example": "v=DMARC1; p=reject; fo=1; ruf=mailto:ruf@forged.example,"
                                         "mailto:x@willing.example,mailto:x@victim.example",
                "forged.example._report._dmarc.willing.example": "v=DMARC1"}.items():
            stack.dns.add(name, "TXT", text)

    def slots(self) -> list[str]:
        return self.stack.redis.command("--raw", "KEYS", "gp:failurereports:*").split()

    def queued(self) -> int:
        return sum(int(self.stack.redis.command("--raw", "LLEN", key)) for key in self.slots())

    def close_slots(self):
        """As if an hour had passed since reports were queued."""
        for key in self.slots():
            slot = int(key.rpartition("{")[2].rstrip("}"))
            self.stack.redis.command("RENAME", key, key.replace(str(slot), str(slot - 6)))

    def test_a_forged_message_is_told_to_the_owner_of_its_domain(self):
        forged = (b"From: Boss <boss@forged.example>\r\nTo: alice@example.test\r\n"
                  b"Subject: secret words\r\nMessage-ID: <1@forged.example>\r\n\r\nPay.\r\n")
        reply = self.stack.deliver_from_outside(forged, [INSIDE], "thief@elsewhere.example",
                                                Client("192.0.2.1"))
        self.assertEqual(reply.code, 550, reply)
        wait_until(lambda: self.queued() == 3, 20, "failure reports in the queue")
        self.close_slots()
        done = subprocess.run(
            [self.program, "-c", f"{self.stack.folder}/dmarc-report.toml", "--site",
             f"{self.stack.folder}/gatepost.toml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "report_dropped kind=failure .* to=x@victim.example")
        mails = [self.stack.outside.await_mail(f"To: <{to}>".encode())
                 for to in ("ruf@forged.example", "x@willing.example")]
        for mail in mails:
            self.assertRegex(mail.mail_from, r"^dmarc-bounces\+[0-9a-f]{32}@example\.test$")
            self.check(mail.content)

    def check(self, content: bytes):
        self.assertNotIn(b"secret", content)
        self.assertNotIn(b"boss@", content)
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.assertEqual(message["From"], "dmarc@example.test")
        self.assertEqual(message.get_content_type(), "multipart/report")
        _, feedback, header = message.iter_parts()
        self.assertEqual(feedback.get_content_type(), "message/feedback-report")
        self.assertIn("Auth-Failure: dmarc", str(feedback))
        self.assertIn("Reported-Domain: forged.example", str(feedback))
        self.assertIn("Message-ID:", str(header))


if __name__ == "__main__":
    main()
