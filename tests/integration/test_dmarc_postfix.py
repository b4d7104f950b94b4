"""gatepost-dmarc behind a real Postfix: what the client is told, and what arrives."""

import dataclasses
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from arrival_bench import ArrivalBench  # noqa: E402
from arrival_table import ARRIVALS  # noqa: E402
from arrivals import HOSTNAME, TRUSTED_SEALER, Arrival  # noqa: E402
from gatepost_dmarc import PORT, PROGRAM, Options, start_dmarc  # noqa: E402
from journey import STRAIGHT_IN  # noqa: E402
from mail_stack import Client, Milters, StackTest, binary, main, wait_until  # noqa: E402

INSIDE = "bob@example.test"
IP4, IP6 = "192.0.2.1", "2001:db8::1"
FORWARDER, FORWARDER_NAME = "192.0.2.40", "mx.forwarder.example"
OWN_NETWORK = "198.51.100.0/24"
ZONE = f"""\
{FORWARDER_NAME} A {FORWARDER}
40.2.0.192.in-addr.arpa PTR {FORWARDER_NAME}
41.2.0.192.in-addr.arpa PTR {FORWARDER_NAME}
"""
OVERRIDES = """\
[forwarders]
names = ["mx.forwarder.example"]
[lists]
trusted = ["talk.partner.example partner.example"]
"""
REFERENCE = re.compile(r"\(reference (\w+)\)")
BY_NAME = {arrival.name: arrival for arrival in ARRIVALS}


class ArrivalTest(StackTest):
    stack_options = {"milters": Milters(incoming=[f"inet:{{address}}:{PORT}"]),
                     "postfix": STRAIGHT_IN}
    options = Options(trusted_sealers=(TRUSTED_SEALER,), local_networks=(OWN_NETWORK,),
                      on_temporary_error="defer", more=OVERRIDES)

    @classmethod
    def start_programs(cls):
        program = binary(PROGRAM)
        cls.bench = ArrivalBench(cls.stack, ARRIVALS, peers=False, zone=ZONE)
        cls.program = start_dmarc(cls.stack, program, cls.options, resolver=cls.bench.resolver,
                                  hostname=HOSTNAME)

    def arrive(self, name: str, client: str = IP4, **changes):
        """The reply to the situation's message, and its mark."""
        arrival: Arrival = dataclasses.replace(BY_NAME[name], **changes)
        mark = f"{self.id()}.{name}.{client}".replace(" ", "-").encode()
        message = b"X-Mark: <" + mark + b">\r\n" + self.bench.message(arrival)
        host = arrival.fill(arrival.helo)
        reply = self.stack.deliver_from_outside(
            message, [INSIDE], arrival.sender, Client(client, helo=host))
        return reply, mark

    def arrived(self, name: str, client: str = IP4, **changes) -> str:
        """The message's header as it came in, unfolded, where it must be accepted."""
        reply, mark = self.arrive(name, client, **changes)
        self.assertTrue(reply.accepted, reply)
        content = self.stack.outside.await_mail(b"<" + mark + b">").content
        return content.partition(b"\r\n\r\n")[0].decode(errors="replace").replace("\r\n\t", " ")

    def assert_refused(self, answer, code: int, *lines: str):
        reply, _ = answer
        self.assertEqual((reply.stage, reply.code), ("DATA", code), reply)
        for line in lines:
            self.assertRegex(reply.text, line)


class WhatIsDone(ArrivalTest):
    def test_mail_that_passes_arrives_with_its_results_on_top(self):
        header = self.arrived("both aligned")
        self.assertTrue(header.startswith(f"Authentication-Results: {HOSTNAME};"), header)
        for result in (r"spf=pass .*smtp\.mailfrom=alice@both-aligned\.example",
                       r"dkim=pass .*header\.d=both-aligned\.example",
                       r"dmarc=pass .*header\.from=both-aligned\.example"):
            self.assertRegex(header, result)

    def test_clients_may_come_by_ip6(self):
        self.assertRegex(self.arrived("spf ip6", IP6), r"spf=pass .*dmarc=pass")
        self.assert_refused(self.arrive("spf ip6 fail", "2001:db8::2"), 550, "must pass DMARC",
                            "SPF fail for spf-ip6-fail.example")

    def test_a_policy_of_reject_is_told_with_its_reason(self):
        self.assert_refused(
            self.arrive("spf fail"), 550,
            r"^5\.7\.1 Mail from spf-fail\.example must pass DMARC "
            r"\(policy of spf-fail\.example: reject\)",
            r"5\.7\.1 SPF fail for spf-fail\.example; no DKIM signature")

    def test_a_softfail_under_reject_is_refused_and_named(self):
        self.assert_refused(self.arrive("spf softfail"), 550,
                            r"5\.7\.1 SPF softfail for spf-softfail\.example")

    def test_a_softfail_without_a_policy_arrives(self):
        header = self.arrived("spf softfail without a policy")
        self.assertRegex(header, r"spf=softfail .*dmarc=none")
        self.assertNotIn("X-Gatepost-Tag", header)

    def test_a_policy_of_none_arrives(self):
        header = self.arrived("policy none")
        self.assertRegex(header, r"dmarc=fail .*policy\.dmarc=none")
        self.assertNotIn("X-Gatepost-Tag", header)

    def test_what_is_not_aligned_is_told(self):
        self.assert_refused(
            self.arrive("spf pass not aligned"), 550,
            r"SPF pass for partner\.example, which is not aligned; no DKIM signature")

    def test_a_broken_signature_is_told(self):
        self.assert_refused(
            self.arrive("dkim body changed"), 550,
            r"DKIM fail for dkim-body-changed\.example \(body hash did not verify\)")

    def test_both_failing_has_a_status_of_its_own(self):
        self.assert_refused(self.arrive("dkim body changed", zone=BY_NAME["spf fail"].zone,
                                        mail_from="alice@spf-fail.example"), 550, r"^5\.7\.26 ")

    def test_quarantine_is_a_tag_for_the_users_filter(self):
        header = self.arrived("policy quarantine")
        self.assertRegex(header, r"(?m)^X-Gatepost-Tag: dmarc")
        self.assertRegex(header, r"dmarc=fail .*policy\.dmarc=quarantine")

    def test_a_forged_tag_and_forged_results_are_removed(self):
        forged = (f"X-Gatepost-Tag: clean\r\nAuthentication-Results: {HOSTNAME}; dmarc=pass "
                  "header.from=bank.example\r\n")
        header = self.arrived("policy none", header=forged)
        self.assertNotIn("clean", header)
        self.assertNotIn("bank.example", header)

    def test_a_look_up_that_fails_makes_the_client_come_back(self):
        self.assert_refused(self.arrive("spf temperror"), 451, r"^4\.7\.0 ", "DNS look-up failed")

    def test_two_from_fields_are_refused(self):
        self.assert_refused(self.arrive("two from fields"), 550, "several From fields")

    def test_the_strictest_policy_of_two_domains_is_followed(self):
        self.assert_refused(self.arrive("addresses of two domains"), 550,
                            r"Mail from addresses-of-two-domains\.example must pass DMARC")

    def test_the_log_says_who_was_refused_and_why(self):
        reply, _ = self.arrive("spf fail", client="192.0.2.77")
        line = self.program.log.await_line(r"judged .*client=192\.0\.2\.77")
        self.assertIn(f"queue_id={REFERENCE.search(reply.text)[1]} ", line)
        for words in ("verdict=refuse", "rule=dmarc", "spf=fail", "dmarc=fail",
                      "from=spf-fail.example"):
            self.assertRegex(line, rf" {words}( |$)")


class WhoIsBelieved(ArrivalTest):
    def test_a_forwarder_by_its_confirmed_name(self):
        self.assertRegex(self.arrived("spf fail", FORWARDER), r"dmarc=fail .*policy\.dmarc=none")

    def test_not_by_a_name_that_does_not_lead_back(self):
        self.assert_refused(self.arrive("spf fail", "192.0.2.41"), 550, "must pass DMARC")

    def test_a_mailing_list_that_is_itself_authenticated(self):
        self.assertRegex(self.arrived("mailing list that rewrites nothing"),
                         r"dmarc=fail .*policy\.dmarc=none")

    def test_not_by_its_list_id_alone(self):
        self.assert_refused(self.arrive("mailing list that rewrites nothing", "192.0.2.99"), 550,
                            "must pass DMARC")

    def test_a_trusted_sealer(self):
        self.assertRegex(self.arrived("forwarded by a trusted sealer"),
                         r"arc=pass .*dmarc=fail .*policy\.dmarc=none")

    def test_not_another_sealer(self):
        self.assert_refused(self.arrive("forwarded by a stranger"), 550, "must pass DMARC")

    def test_an_own_network(self):
        header = self.arrived("spf fail", "198.51.100.9")
        self.assertRegex(header, r"dmarc=fail .*policy\.dmarc=none")


class Holding(ArrivalTest):
    options = Options(settings={"dmarc": {"reject": "hold"}})

    def test_held_mail_waits_in_the_hold_queue(self):
        reply, _ = self.arrive("spf fail")
        self.assertTrue(reply.accepted, reply)
        queued = [json.loads(line) for line in self.stack.postfix.queued()]
        self.assertEqual([(mail["queue_name"], mail["sender"]) for mail in queued
                          if mail["queue_id"] == reply.queue_id],
                         [("hold", "alice@spf-fail.example")])
        line = self.program.log.await_line(f"judged .*queue_id={reply.queue_id} ")
        self.assertRegex(line, r" verdict=hold rule=dmarc ")


class Greylisting(ArrivalTest):
    options = Options(greylist=True, more='below = 100\nmin_delay = "1s"\n')

    def test_a_stranger_is_asked_to_come_back_once(self):
        self.assert_refused(self.arrive("no dmarc record"), 451, r"^4\.7\.1 ")
        wait_until(lambda: self.arrive("no dmarc record")[0].accepted, 20, "mail that came back")
        self.assertTrue(self.arrive("no dmarc record")[0].accepted)

    def test_mail_that_passes_dmarc_is_not(self):
        self.assertTrue(self.arrive("both aligned")[0].accepted)


if __name__ == "__main__":
    main()
