"""gatepost-dmarc with a mailer before it, for tests without Postfix; and what it leaves in Redis."""

import dataclasses
import itertools
import json
import re
import signal
import urllib.parse

from arrival_bench import ArrivalBench
from arrivals import HOSTNAME, RECIPIENT, Arrival
from gatepost_dmarc import PROGRAM, Options, configuration, start_dmarc
from mail_stack import MailStack, StackTest, binary, wait_until
from mailer import Mailer, Outcome

_numbers = itertools.count(1)


class ArrivalJudge:
    """One gatepost-dmarc at a socket of its own. Close it; the program ends with the stack."""

    def __init__(self, stack: MailStack, bench, options: Options = Options(), *,
                 hostname: str = HOSTNAME, resolver: str = ""):
        number = next(_numbers)
        self._folder = f"{stack.folder}/{PROGRAM}-{number}"
        self.site = f"{self._folder}/gatepost.toml"
        self._socket = f"unix:{stack.folder}/{PROGRAM}-{number}.sock"
        self._bench = bench
        self._hostname = hostname
        self._queue_ids = (f"4Q{number:02}z{i:04}" for i in itertools.count(1))
        self.program = start_dmarc(stack, binary(PROGRAM), options, port=number,
                                   socket=self._socket, hostname=hostname,
                                   resolver=resolver or bench.resolver)
        self.log = self.program.log
        self._mailer = Mailer(self._socket)

    def send(self, arrival: Arrival, message: bytes = b"", user: str = "", **changes) -> "Judged":
        """message: something else than the situation's own; user: who logged in; changes: of the
        arrival."""
        arrival = dataclasses.replace(arrival, **changes)
        queue_id = next(self._queue_ids)
        outcome = self._mailer.send(
            message or self._bench.message(arrival), client=arrival.client,
            helo=arrival.fill(arrival.helo), mail_from=arrival.sender, recipients=(RECIPIENT,),
            queue_id=queue_id, macros={"{auth_authen}": user} if user else None)
        return Judged(outcome, queue_id, self._hostname)

    def write(self, options: Options | None = None, text: str = ""):
        """Another dmarc.toml, and HUP."""
        with open(f"{self._folder}/dmarc.toml", "w") as file:
            file.write(text or configuration(self._socket, options))
        self.program.signal(signal.SIGHUP)

    def close(self):
        self._mailer.close()


@dataclasses.dataclass(frozen=True)
class Judged:
    """What came of one message."""
    outcome: Outcome
    queue_id: str
    host: str

    @property
    def passed(self) -> bool:
        return self.outcome.verdict in ("continue", "accept")

    @property
    def reply(self) -> str:
        return self.outcome.reply

    @property
    def header(self) -> str:
        """As queued, unfolded, a field a line."""
        header = self.outcome.message.partition(b"\r\n\r\n")[0].decode(errors="replace")
        return re.sub(r"\r?\n[ \t]+", " ", header).replace("\r\n", "\n")

    def fields(self, name: str) -> list[str]:
        return re.findall(rf"(?mi)^{name}:[ \t]*(.*)$", self.header)

    @property
    def trust(self) -> int:
        """By the results' policy.trust, which stands there in every configuration."""
        return int(re.search(r"policy\.trust=\"?(-?\d+)", self.header)[1])

    def key(self, kind: str, rest: str = "") -> str:
        """A key about this message."""
        return f"gp:{kind}:{{{self.host}:{self.queue_id}}}{rest}"


class JudgeTest(StackTest):
    """Each test has programs of its own; those of a class share Redis, so tests have their own
    clients or domains where that matters."""

    arrivals: tuple[Arrival, ...] = ()
    zone = ""

    @classmethod
    def start_programs(cls):
        cls.bench = ArrivalBench(cls.stack, cls.arrivals, peers=False, zone=cls.zone)

    def start(self, options: Options = Options(), **more) -> ArrivalJudge:
        judge = ArrivalJudge(self.stack, self.bench, options, **more)
        self.addCleanup(judge.close)
        return judge

    def start_with(self, **settings: dict) -> ArrivalJudge:
        return self.start(Options(settings=settings))

    def assert_refused(self, judged: Judged, *patterns: str, code: int = 550):
        self.assertRegex(judged.reply, rf"^{code}[ -]", judged.outcome)
        for pattern in patterns:
            self.assertRegex(judged.reply, pattern)

    def assert_passed(self, judged: Judged):
        self.assertTrue(judged.passed, judged.outcome)


# What expires is a list of entries, each a row of names and values in MessagePack.
LIST_ENTRIES = """
local entries = {}
for i, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  entries[i] = {cmsgpack.unpack(entry)}
end
return cjson.encode(entries)"""


def records(stack: MailStack, key: str) -> list[list[tuple[str, str]]]:
    """The entries of a journal's list, oldest first, each the pairs of its fields."""
    entries = json.loads(stack.redis.command("--raw", "EVAL", LIST_ENTRIES, "1", key))
    return [list(zip(fields[::2], fields[1::2])) for fields in entries]


def stream(stack: MailStack, key: str) -> list[list[tuple[str, str]]]:
    """The entries of a stream, oldest first, each the pairs of its fields."""
    entries = json.loads(stack.redis.command("--json", "XRANGE", key, "-", "+"))
    return [list(zip(fields[::2], fields[1::2])) for _, fields in entries]


@dataclasses.dataclass(frozen=True)
class Record:
    """A decision record."""
    values: dict[str, str]
    rules: dict[str, list[tuple[str, str, str]]]  # outcome, "enforce" or "shadow", evidence


def await_record(stack: MailStack, judged: Judged, seconds: float = 10,
                 repeated: bool = False) -> Record:
    """The one record of a message. repeated: it may stand there more than once, where nobody could
    know whether it had been written."""
    entries = wait_until(lambda: records(stack, judged.key("records")), seconds,
                         f"a record of {judged.queue_id}")
    if entries != entries[:1] * (len(entries) if repeated else 1):
        raise AssertionError(f"{len(entries)} records of {judged.queue_id}: {entries}")
    rules: dict[str, list] = {}
    for name, value in entries[0]:
        if name.startswith("rule."):
            outcome, mode, evidence = value.split("\t")
            rules.setdefault(name[5:], []).append((outcome, mode, evidence))
    return Record(dict(entries[0]), rules)


def reputation_key(subject: str) -> str:
    """Of "ip 192.0.2.1"."""
    return "gp:reputation:{" + urllib.parse.quote(subject, safe="._-@+=").replace(
        "%3A", "%3a").replace("%2F", "%2f") + "}"
