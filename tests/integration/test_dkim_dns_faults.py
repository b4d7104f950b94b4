"""What becomes of a signature when DNS is slow, broken or lying: a result in the header in time,
never a lost or refused message."""

import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

from journey import INSIDE, OUTSIDE, STRAIGHT_IN  # noqa: E402
from letters import Letter  # noqa: E402
from mail_stack import Milters, StackTest, binary, main, wait_until  # noqa: E402
from peers import results_of, sign_with_dkimpy  # noqa: E402
from stack.dkim import VERIFIER_PORT, make_key, publish, start_verifier  # noqa: E402
from stack.name_server import quote_txt  # noqa: E402

OURS = "mail.example.test"
DOMAIN = "faults.test"
VERIFY_SECONDS = 3
# What a machine under load may add to the time that the configuration allows.
SLACK_SECONDS = 5

PASS, TEMPERROR, PERMERROR, POLICY = "pass", "temperror", "permerror", "policy"

# selector: (its lines of the zone, the result). {name}: the key's name; {key}: its TXT strings.
FAULTS = {
    "plain": ("{name} TXT {key}", PASS),
    "split": ("{name} TXT {pieces}", PASS),
    "alias": ("{name} CNAME a.chain.test\na.chain.test CNAME b.chain.test\n"
              "b.chain.test CNAME c.chain.test\nc.chain.test TXT {key}", PASS),
    "alias-to-nothing": ("{name} CNAME gone.chain.test", PERMERROR),
    "alias-loop": ("{name} CNAME x.loop.test\nx.loop.test CNAME {name}", TEMPERROR),
    "beside-others": ('{name} TXT "v=spf1 -all"\n{name} TXT {key}\n{name} TXT "words"', PASS),
    "two-keys": ("{name} TXT {key}\n{name} TXT {key} \"\"\n", PERMERROR),
    "missing": ("", PERMERROR),
    "other-type": ("{name} A 192.0.2.1", PERMERROR),
    "revoked": ('{name} TXT "v=DKIM1; k=rsa; p="', PERMERROR),
    "without-p": ('{name} TXT "v=DKIM1; k=rsa"', PERMERROR),
    "empty": ('{name} TXT ""', PERMERROR),
    "not-base64": ('{name} TXT "v=DKIM1; p=***"', PERMERROR),
    "not-a-key": ('{name} TXT "v=DKIM1; p=Z2F0ZXBvc3Q="', PERMERROR),
    "servfail": ("{name} !servfail", TEMPERROR),
    "refused": ("{name} !refused", TEMPERROR),
    "notimp": ("{name} !notimp", TEMPERROR),
    "formerr": ("{name} !formerr", TEMPERROR),
    "timeout": ("{name} !timeout", TEMPERROR),
    "late": ("{name} TXT {key}\n{name} !delay 30000", TEMPERROR),
    "truncated": ("{name} TXT {key}\n{name} !truncate", PASS),
    "truncated-over-tcp": ("{name} TXT {key}\n{name} !truncate-always", TEMPERROR),
    "tcp-hangs": ("{name} TXT {key}\n{name} !tcp-hang", TEMPERROR),
    "no-edns": ("{name} TXT {key}\n{name} !no-edns", PASS),
    "many-records": ("{name} !huge 200", PERMERROR),
    "more-than-a-packet": ("{name} !huge 5000", TEMPERROR),
    "wrong-id": ("{name} TXT {key}\n{name} !wrong-id", TEMPERROR),
    "wrong-question": ("{name} TXT {key}\n{name} !wrong-question", TEMPERROR),
    "forged-first": ("{name} TXT {key}\n{name} !forge", PASS),
    "of-another-name": ("{name} TXT {key}\n{name} !lie", TEMPERROR),
    "with-false-ones": ("{name} TXT {key}\n{name} !extra", PASS),
    "pointer-loop": ("{name} TXT {key}\n{name} !loop", TEMPERROR),
    "garbage": ("{name} TXT {key}\n{name} !garbage", TEMPERROR),
    "random": ("{name} TXT {key}\n{name} !random", TEMPERROR),
    "cut": ("{name} TXT {key}\n{name} !cut", TEMPERROR),
    "no-bytes": ("{name} TXT {key}\n{name} !empty", TEMPERROR),
}


def deliver(stack, letter: Letter, wire: bytes) -> tuple[bytes, float]:
    """The message as it arrived, and how many seconds the answer to its end took at most."""
    with stack.port_25() as session:
        began = time.monotonic()
        reply = session.deliver(OUTSIDE, [INSIDE], wire)
        seconds = time.monotonic() - began
    if not reply.accepted:
        raise AssertionError(f"{letter.name}: {reply}")
    found = wait_until(lambda: stack.outside.messages(letter.mark), 30, letter.name)
    return found[0].content, seconds


def deliver_all(stack, wires: dict[str, bytes]) -> dict[str, tuple[bytes, float]]:
    """All at once, each in a session of its own."""
    with concurrent.futures.ThreadPoolExecutor(len(wires)) as threads:
        done = {name: threads.submit(deliver, stack, Letter(name), wire)
                for name, wire in wires.items()}
        return {name: future.result() for name, future in done.items()}


class FaultyServer(StackTest):
    stack_options = {"milters": Milters(incoming=[f"inet:{{address}}:{VERIFIER_PORT}"]),
                     "postfix": STRAIGHT_IN}

    @classmethod
    def start_programs(cls):
        cls.key = make_key(cls.stack, DOMAIN, "unused")
        cls.large = make_key(cls.stack, DOMAIN, "large", bits=4096)
        cls.small = make_key(cls.stack, DOMAIN, "small", bits=512)
        cls.start_verifier(cls.write_zone())
        cls.results = deliver_all(cls.stack, cls.sign_all())

    @classmethod
    def write_zone(cls) -> str:
        pieces = " ".join(f'"{letter}"' if letter != " " else '" "' for letter in cls.key.record)
        zone = ""
        for selector, (lines, _) in FAULTS.items():
            zone += lines.format(name=f"{selector}._domainkey.{DOMAIN}", pieces=pieces,
                                 key=quote_txt(cls.key.record)) + "\n"
        slow = f"slow._domainkey.{DOMAIN}"
        closed = f"tcp-closes._domainkey.{DOMAIN}"
        zone += f"{closed} TXT {quote_txt(cls.key.record)}\n{closed} !tcp-close\n"
        zone += f"{slow} TXT {quote_txt(cls.key.record)}\n{slow} !delay 300\n"
        for key in (cls.large, cls.small):
            zone += f"{key.selector}._domainkey.{DOMAIN} TXT {quote_txt(key.record)}\n"
        return cls.stack.write("faults.zone", zone)

    @classmethod
    def start_verifier(cls, zone: str):
        server = cls.stack.run("faulty-dns", [binary("gatepost-test-dns"), zone])
        port = server.log.await_line(r"^\d+$")
        cls.verifier = start_verifier(
            cls.stack, binary("gatepost-dkim"), f'timeout = "{VERIFY_SECONDS}s"\n',
            resolver=f"127.0.0.1:{port}")

    @classmethod
    def sign_all(cls) -> dict[str, bytes]:
        wires = {}
        for key in (cls.large, cls.small):
            wires[key.selector] = sign_with_dkimpy(Letter(key.selector).content(), key)
        for selector in FAULTS:
            key = publish(cls.stack, cls.key, selector)
            wires[selector] = sign_with_dkimpy(Letter(selector).content(), key)
        return wires

    def result(self, selector: str) -> str:
        return results_of(self.results[selector][0], OURS).get(selector, "none")

    def test_each_fault_has_its_result(self):
        for selector, (_, expected) in FAULTS.items():
            with self.subTest(fault=selector):
                self.assertEqual(self.result(selector), expected)

    def test_the_answer_comes_in_the_configured_time(self):
        for selector, (_, seconds) in self.results.items():
            with self.subTest(fault=selector):
                self.assertLess(seconds, VERIFY_SECONDS + SLACK_SECONDS)

    def test_a_key_of_4096_bits_is_read(self):
        self.assertGreater(len(self.large.record), 700)
        self.assertEqual(self.result("large"), PASS)

    def test_a_key_of_512_bits_is_against_the_policy(self):
        self.assertEqual(self.result("small"), POLICY)

    def test_a_connection_that_is_closed_for_one_key_costs_no_other_key(self):
        # Both are asked for at once; the slow answer comes after the connection's end.
        letter = Letter("slow and closed")
        wire = letter.content()
        for selector in ("tcp-closes", "slow"):
            wire = sign_with_dkimpy(wire, publish(self.stack, self.key, selector))
        arrived, _ = deliver(self.stack, letter, wire)
        self.assertEqual(results_of(arrived, OURS),
                         {"slow": PASS, "tcp-closes": TEMPERROR})

    def test_the_reason_stands_in_the_header(self):
        for selector, reason in (("revoked", "key revoked"), ("missing", "no key")):
            with self.subTest(fault=selector):
                self.assertIn(reason.encode(), self.results[selector][0])


class Economy(StackTest):
    stack_options = FaultyServer.stack_options

    @classmethod
    def start_programs(cls):
        start_verifier(cls.stack, binary("gatepost-dkim"))
        cls.key = make_key(cls.stack, DOMAIN, "present", "ed25519")

    def test_ten_messages_with_the_same_missing_key_cost_one_query(self):
        missing = publish(self.stack, self.key, "missing")
        self.stack.dns.remove(f"missing._domainkey.{DOMAIN}")
        wires = {f"missing {i}": sign_with_dkimpy(Letter(f"missing {i}").content(), missing)
                 for i in range(10)}
        for name, (arrived, _) in deliver_all(self.stack, wires).items():
            self.assertEqual(results_of(arrived, OURS), {"missing": PERMERROR}, name)
        self.assertEqual(self.stack.dns.queries(f"missing._domainkey.{DOMAIN}"), 1)

    def test_ten_messages_with_the_same_key_cost_one_query(self):
        wires = {f"present {i}": sign_with_dkimpy(Letter(f"present {i}").content(), self.key)
                 for i in range(10)}
        for name, (arrived, _) in deliver_all(self.stack, wires).items():
            self.assertEqual(results_of(arrived, OURS), {"present": PASS}, name)
        self.assertEqual(self.stack.dns.queries(f"present._domainkey.{DOMAIN}"), 1)


if __name__ == "__main__":
    main()
