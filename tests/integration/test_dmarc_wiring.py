"""gatepost-dmarc as a whole program, with Redis and DNS: every option reaches what it is for, and
what is found out reaches the store, where other programs look for it."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from aggregate_reports import NAMESPACE, assert_valid, await_report  # noqa: E402
from arrival_judge import (  # noqa: E402
    ArrivalJudge, Judged, JudgeTest, Record, await_record, reputation_key, stream)
from arrival_table import ARRIVALS, OTHER_SEALER  # noqa: E402
from arrivals import HOSTNAME, TRUSTED_SEALER, Arrival, Expected, Signature  # noqa: E402
from gatepost_dmarc import Options  # noqa: E402
from mail_stack import SOURCE, binary, main, wait_until  # noqa: E402
from stack.dkim import key_record  # noqa: E402

FORWARDER, FORWARDER_NAME = "192.0.2.40", "mx.forwarder.example"
OWN_NETWORK, IN_OWN_NETWORK = "198.51.100.0/24", "198.51.100.9"
LIGHTLY_LISTED, HEAVILY_LISTED = "203.0.113.5", "203.0.113.10"
ZONE = f"""\
{FORWARDER_NAME} A {FORWARDER}
40.2.0.192.in-addr.arpa PTR {FORWARDER_NAME}
2.0.0.127.block.example A 127.0.0.2
5.113.0.203.block.example A 127.0.0.5
10.113.0.203.block.example A 127.0.0.10
"""
BLOCK_LIST = "block.example address 127.0.0.2=1 127.0.0.5=5 127.0.0.10=10"
OVERRIDES = {
    "forwarders": {"names": [FORWARDER_NAME]},
    "lists": {"trusted": ["talk.partner.example partner.example"]},
}
BY_NAME = {arrival.name: arrival for arrival in ARRIVALS}
FORGED = BY_NAME["spf fail"]
GENUINE = BY_NAME["both aligned"]
EXPLAINED = Arrival(
    "explained without dmarc", "7208 6.2", Expected("fail"),
    '{d} TXT "v=spf1 -all exp=why.{d}"\nwhy.{d} TXT "%{i} is not one of ours"\n')
REPORTED = Arrival(
    "wants reports", "9990 3.1", Expected("fail", "fail", dmarc="fail", does="quarantine"),
    '{d} TXT "v=spf1 -all"\n_dmarc.{d} TXT "v=DMARC1; p=quarantine; rua=mailto:reports@{d}"\n',
    signatures=(Signature(),), changed=True)
TWO_SUFFIXES = BY_NAME["suffix of the list without psd"]
BY_SPF_ALONE = BY_NAME["spf pass aligned"]


class WiringTest(JudgeTest):
    arrivals = (*ARRIVALS, EXPLAINED, REPORTED)
    zone = ZONE


class Reports(WiringTest):
    def report_of(self, judge: ArrivalJudge, domain: str) -> bytes:
        return await_report(self.stack, judge.site, domain)

    def test_an_evaluation_becomes_a_row_of_a_report(self):
        judge = self.start()
        self.assert_passed(judge.send(REPORTED))
        root = ElementTree.fromstring(self.report_of(judge, REPORTED.domain))

        def told(path: str) -> str:
            return root.findtext("/".join(NAMESPACE + step for step in path.split("/")))
        for path, expected in (
                ("policy_published/domain", REPORTED.domain),
                ("policy_published/p", "quarantine"),
                ("record/row/source_ip", "192.0.2.1"),
                ("record/row/count", "1"),
                ("record/row/policy_evaluated/disposition", "quarantine"),
                ("record/row/policy_evaluated/dkim", "fail"),
                ("record/row/policy_evaluated/spf", "fail"),
                ("record/identifiers/header_from", REPORTED.domain),
                ("record/identifiers/envelope_from", REPORTED.domain),
                ("record/auth_results/dkim/domain", REPORTED.domain),
                ("record/auth_results/dkim/selector", "s"),
                ("record/auth_results/dkim/result", "fail"),
                ("record/auth_results/spf/result", "fail")):
            with self.subTest(path):
                self.assertEqual(told(path), expected)

    def test_the_report_is_valid_by_its_schema(self):
        judge = self.start()
        judge.send(REPORTED)
        assert_valid(self, self.report_of(judge, REPORTED.domain))

    def test_nothing_is_collected_of_domains_that_want_no_reports(self):
        judge = self.start()
        judge.send(FORGED)
        judge.send(REPORTED)
        self.report_of(judge, REPORTED.domain)  # the later one is there
        self.assertEqual(self.stack.redis.command("KEYS", f"gp:report:{{{FORGED.domain}}}*"), "")


class Records(WiringTest):
    def record_of(self, judged: Judged) -> Record:
        return await_record(self.stack, judged)

    def assert_overridden(self, judged: Judged, reason: str, comment: str):
        self.assert_passed(judged)
        record = self.record_of(judged)
        outcome, mode, evidence = record.rules["override"][0]
        self.assertEqual((outcome, mode), (reason, "enforce"))
        self.assertRegex(evidence, comment)
        self.assertEqual(record.values["verdict"], "pass")

    def test_every_message_leaves_a_record_under_its_queue_id(self):
        record = self.record_of(self.start().send(FORGED))
        for name, value in (("program", "gatepost-dmarc"), ("host", HOSTNAME),
                            ("client", "192.0.2.1"), ("from", FORGED.sender),
                            ("verdict", "refuse")):
            self.assertEqual(record.values[name], value)
        self.assertRegex(record.values["reply"], r"^5\.7\.1 Mail from .* must pass DMARC")
        self.assertGreater(int(record.values["spent_us"]), 0)

    def test_the_record_says_what_each_rule_found(self):
        judged = self.start().send(GENUINE)
        rules = self.record_of(judged).rules
        self.assertEqual(rules["spf"][0][:2], ("pass", "enforce"))
        self.assertIn("mailfrom=pass", rules["spf"][0][2])
        self.assertRegex(rules["dkim"][0][2], "pass")
        self.assertEqual(rules["dmarc"][0][0], "pass")
        self.assertRegex(rules["dmarc"][0][2],
                         rf"from={GENUINE.domain} policy={GENUINE.domain} p=reject")
        self.assertEqual(rules["trust"][0][0], str(judged.trust))
        self.assertIn("dmarc_pass=40", rules["trust"][0][2])

    def test_a_refusal_is_in_the_record_with_its_rule(self):
        rules = self.record_of(self.start().send(FORGED)).rules
        self.assertEqual([outcome for outcome, _, _ in rules["dmarc"]], ["fail", "refuse"])
        self.assertIn("SPF fail", rules["dmarc"][1][2])

    def test_the_record_goes_into_the_feed_of_all_hosts_too(self):
        judged = self.start().send(GENUINE)
        self.record_of(judged)
        self.assertIn(judged.queue_id, [dict(entry).get("queue_id")
                                        for entry in stream(self.stack, "gp:feed:{records}")])

    def test_a_trusted_list_is_the_records_reason(self):
        judge = self.start_with(**OVERRIDES)
        self.assert_overridden(judge.send(BY_NAME["mailing list that rewrites nothing"]),
                               "mailing_list", r"^talk\.partner\.example by partner\.example$")

    def test_a_forwarder_is_the_records_reason(self):
        judge = self.start_with(**OVERRIDES)
        self.assert_overridden(judge.send(FORGED, client=FORWARDER),
                               "trusted_forwarder", rf"^client {FORWARDER_NAME}$")

    def test_an_exempt_network_is_the_records_reason(self):
        judge = self.start(Options(local_networks=(OWN_NETWORK,)))
        self.assert_overridden(judge.send(FORGED, client=IN_OWN_NETWORK),
                               "local_policy", "^local network$")

    def test_mail_of_who_logged_in_is_not_judged_and_the_record_says_so(self):
        judged = self.start().send(FORGED, user="alice@example.test")
        self.assert_passed(judged)
        self.assertNotIn("dmarc=", judged.header)
        record = self.record_of(judged)
        self.assertEqual(record.rules["exempt"][0], ("pass", "enforce", "authenticated client"))
        self.assertEqual(record.values["user"], "alice@example.test")

    def test_where_both_discovery_methods_differ_somebody_is_told(self):
        suffixes = self.stack.write("suffixes", "com\nexample\nco.example\n")
        judge = self.start(Options(method="both", suffixes=suffixes))
        self.assertRegex(judge.send(TWO_SUFFIXES).header, "dmarc=pass")
        judge.send(GENUINE)  # of which both think the same

        def told():
            events = map(dict, stream(self.stack, "gp:feed:{events}"))
            return [event for event in events if event["kind"] == "dmarc_methods_differ"]
        event, = wait_until(told, 10, "an event")
        self.assertEqual(event["subject"], "one.co.example")
        self.assertRegex(event["text"], "^treewalk: pass .*; psl: none ")

    def test_the_result_waits_for_later_programs_and_not_for_long(self):
        judged = self.start().send(GENUINE)
        key = judged.key("fact", ":auth")
        self.assertEqual(self.stack.redis.command("GET", key),
                         f"dmarc=pass spf=pass trust={judged.trust}")
        seconds = int(self.stack.redis.command("TTL", key))
        self.assertGreater(seconds, 60)
        self.assertLessEqual(seconds, 15 * 60)

    def test_a_refused_message_leaves_no_fact(self):
        judged = self.start().send(FORGED)
        self.assertEqual(self.stack.redis.command("EXISTS", judged.key("fact", ":auth")), "0")


class Reputation(WiringTest):
    FORGER, STRANGER = "203.0.113.99", "203.0.114.99"  # in networks of their own

    def test_a_client_that_forged_is_trusted_less_than_a_stranger(self):
        judge = self.start_with(results={"trust_header": "X-Trust"})
        for _ in range(5):
            self.assert_refused(judge.send(FORGED, client=self.FORGER))
        for subject in (f"ip {self.FORGER}", "net 203.0.113.0/24"):
            wait_until(lambda: self.stack.redis.command("EXISTS", reputation_key(subject)) == "1",
                       10, f"what is remembered of {subject}")
        plain = BY_NAME["no dmarc record"]
        trust, = judge.send(plain, client=self.FORGER).fields("X-Trust")
        of_stranger, = judge.send(plain, client=self.STRANGER).fields("X-Trust")
        self.assertRegex(trust, r"reputation -\d+")
        self.assertNotIn("reputation", of_stranger)
        self.assertLess(int(trust.split()[0]), int(of_stranger.split()[0]))

    def test_a_program_on_another_host_knows_it_too(self):
        client = "203.0.115.99"
        first = self.start_with()
        for _ in range(5):
            first.send(FORGED, client=client)
        wait_until(lambda: self.stack.redis.command(
            "EXISTS", reputation_key("net 203.0.115.0/24")) == "1", 10, "a memory")
        second = self.start(Options(settings={"results": {"trust_header": "X-Trust"}}),
                            hostname="mx2.receiver.example")
        trust, = second.send(BY_NAME["no dmarc record"], client=client).fields("X-Trust")
        self.assertRegex(trust, r"reputation -\d+")


class Settings(WiringTest):
    def test_received_spf_is_added_on_demand(self):
        self.assertEqual(self.start().send(GENUINE).fields("Received-SPF"), [])
        judged = self.start_with(results={"received_spf": True}).send(GENUINE)
        field, = judged.fields("Received-SPF")
        self.assertRegex(field, r"^pass .*client-ip=192\.0\.2\.1; .*identity=mailfrom")

    def test_the_trust_stands_in_its_field_and_a_forged_one_goes(self):
        judge = self.start_with(results={"trust_header": "X-Trust"})
        judged = judge.send(GENUINE, header="X-Trust: 99 (an old friend)\r\nx-trust: 98\r\n")
        field, = judged.fields("X-Trust")
        self.assertRegex(field, rf"^{judged.trust} \(dmarc_pass 40, ")

    def test_a_forged_tag_goes_under_whatever_name_it_has(self):
        header = "X-Gatepost-Tag: theirs\r\nX-Junk: theirs\r\n"
        by_default = self.start().send(GENUINE, header=header)
        self.assertEqual(by_default.fields("X-Gatepost-Tag"), [])
        self.assertEqual(by_default.fields("X-Junk"), ["theirs"])
        renamed = self.start_with(results={"tag_header": "X-Junk"})
        self.assertEqual(renamed.send(GENUINE, header=header).fields("X-Junk"), [])
        self.assertEqual(renamed.send(BY_NAME["policy quarantine"], header=header)
                         .fields("X-Junk"), ["dmarc"])

    def test_a_policy_in_shadow_mode_lets_forgeries_pass_and_is_recorded(self):
        judge = self.start_with(dmarc={"mode": "shadow"})
        judged = judge.send(FORGED)
        self.assert_passed(judged)
        self.assertEqual(judged.fields("X-Gatepost-Tag"), [])
        record = await_record(self.stack, judged)
        self.assertEqual(record.values["verdict"], "pass")
        self.assertIn(("refuse", "shadow"), [rule[:2] for rule in record.rules["dmarc"]])
        self.assertIn(("local_policy", "enforce", "policies are only monitored"),
                      record.rules["override"])
        self.assertRegex(judge.log.await_line(f"judged .*queue_id={judged.queue_id} "),
                         r" verdict=pass .*dmarc=fail .*override=local_policy")

    def test_an_spf_fail_is_refused_where_spf_is_enforced(self):
        self.assert_passed(self.start().send(EXPLAINED))
        judged = self.start_with(spf={"mode": "enforce"}).send(EXPLAINED)
        self.assert_refused(judged, r"5\.7\.23 SPF: 192\.0\.2\.1 may not send mail for")
        self.assertNotIn("not one of ours", judged.reply)

    def test_the_owners_explanation_is_quoted_on_demand(self):
        judge = self.start_with(spf={"mode": "enforce", "quote_explanation": True})
        self.assert_refused(judge.send(EXPLAINED), rf"The owner of {EXPLAINED.domain} says: "
                            r'"192\.0\.2\.1 is not one of ours"')

    def test_a_block_list_tags_and_refuses_by_weight(self):
        judge = self.start(Options(block_lists=(BLOCK_LIST,)))
        self.assertEqual(judge.send(GENUINE).fields("X-Gatepost-Tag"), [])
        lightly = judge.send(GENUINE, client=LIGHTLY_LISTED)
        self.assert_passed(lightly)
        self.assertEqual(lightly.fields("X-Gatepost-Tag"), ["block_lists"])
        self.assert_refused(judge.send(GENUINE, client=HEAVILY_LISTED),
                            rf"5\.7\.1 {HEAVILY_LISTED} is on a block list")

    def test_a_policy_may_hold_instead(self):
        judged = self.start_with(dmarc={"reject": "hold"}).send(FORGED)
        self.assert_passed(judged)
        self.assertTrue(judged.outcome.quarantine)


class Reload(WiringTest):
    def test_a_new_configuration_takes_effect(self):
        judge = self.start()
        self.assert_refused(judge.send(FORGED))
        judge.write(Options(settings={"dmarc": {"reject": "tag"}}))
        judge.log.await_line("configuration reloaded")
        judged = judge.send(FORGED)
        self.assert_passed(judged)
        self.assertEqual(judged.fields("X-Gatepost-Tag"), ["dmarc"])

    def test_a_broken_one_leaves_the_old_in_force_and_the_log_says_why(self):
        judge = self.start_with(dmarc={"reject": "tag"})
        for broken, reason in (
                (Options(settings={"dmarc": {"reject": "shred"}}), "reject.* must be one of"),
                (Options(settings={"arc": {"seal": True}}), r"arc\.seal needs"),
                (Options(method="both", suffixes="/nowhere/list"), "/nowhere/list"),
                (Options(more="[nonsense]\n"), "nonsense")):
            with self.subTest(reason):
                judge.write(broken)
                judge.log.await_line(rf"the old configuration stays .*{reason}")
                self.assertEqual(judge.send(FORGED).fields("X-Gatepost-Tag"), ["dmarc"])
        judge.write(text="not toml at all")
        wait_until(lambda: len(judge.log.lines("the old configuration stays")) == 5, 10, "a reason")
        self.assert_passed(judge.send(FORGED))

    def test_what_needs_a_restart_is_named(self):
        judge = self.start()
        judge.write(Options(settings={"reputation": {"points": 50}, "greylist": {"below": 10}}))
        judge.log.await_line("reloaded")
        self.assertEqual(judge.log.lines("needs_restart"), [])  # these act at once
        judge.write(Options(settings={"reputation": {"prior": 20}}))
        judge.log.await_line(r'needs_restart changed=\[reputation\]')
        self.assert_refused(judge.send(FORGED))


class Sealing(WiringTest):
    FORWARDING_HOST = "198.51.100.77"

    @classmethod
    def start_programs(cls):
        super().start_programs()
        cls.key = cls.stack.write("seal.pem", cls.bench.keys.rsa, 0o600)

    def start_sealer(self, **settings: dict) -> ArrivalJudge:
        seal = {"seal": True, "seal_domain": TRUSTED_SEALER, "seal_selector": "arc",
                "seal_key": self.key}
        return self.start(Options(settings={"arc": seal, **settings}),
                          hostname=f"mx.{TRUSTED_SEALER}")

    def ask_dkimpy(self, message: bytes) -> str:
        record = key_record(self.bench.keys.rsa, "rsa").encode()
        keys = [(b"txt", f"arc._domainkey.{sealer}".encode() + b"\t" + record)
                for sealer in (TRUSTED_SEALER, OTHER_SEALER)]
        path = self.stack.write("sealed.records", b"".join(
            name + b" %d\n" % len(value) + value + b"\n"
            for name, value in (*keys, (b"message", message))))
        return subprocess.run(
            ["/usr/bin/python3", os.path.join(SOURCE, "tests/support/arc_peer.py"), path],
            check=True, capture_output=True, text=True).stdout

    def test_dkimpy_verifies_our_seals(self):
        sealed = self.start_sealer().send(BY_SPF_ALONE)
        self.assertEqual(len(sealed.fields("ARC-Seal")), 1)
        self.assertRegex(self.ask_dkimpy(sealed.outcome.message), "^pass ")
        changed = sealed.outcome.message.replace(b"minutes", b"seconds")
        self.assertRegex(self.ask_dkimpy(changed), "^fail ")

    def test_dkimpy_verifies_a_second_seal_on_anothers(self):
        sealed = self.start_sealer().send(BY_NAME["forwarded and signature whole"])
        self.assertEqual(len(sealed.fields("ARC-Seal")), 2)
        self.assertRegex(sealed.header, r"ARC-Seal: i=2;.*cv=pass")
        self.assertRegex(self.ask_dkimpy(sealed.outcome.message), "^pass ")

    def test_who_trusts_the_sealer_lets_its_forwards_pass(self):
        sealed = self.start_sealer().send(BY_SPF_ALONE).outcome.message
        forward = {"message": sealed, "client": self.FORWARDING_HOST}
        self.assert_refused(self.start().send(BY_SPF_ALONE, **forward), "must pass DMARC")
        receiver = self.start(Options(trusted_sealers=(TRUSTED_SEALER,)))
        judged = receiver.send(BY_SPF_ALONE, **forward)
        self.assert_passed(judged)
        self.assertRegex(judged.header, r"arc=pass .*dmarc=fail .*policy\.dmarc=none")
        (outcome, _, comment), = await_record(self.stack, judged).rules["override"]
        self.assertEqual(outcome, "local_policy")
        self.assertRegex(comment, rf"^arc=pass as\[1\]\.d={re.escape(TRUSTED_SEALER)} "
                                  r"as\[1\]\.s=arc( |$)")

    def test_a_seal_on_a_forgery_opens_nothing(self):
        sealed = self.start_sealer(dmarc={"mode": "shadow"}).send(FORGED).outcome.message
        receiver = self.start(Options(trusted_sealers=(TRUSTED_SEALER,)))
        self.assert_refused(receiver.send(FORGED, message=sealed, client=self.FORWARDING_HOST),
                            "must pass DMARC")


if __name__ == "__main__":
    main()
