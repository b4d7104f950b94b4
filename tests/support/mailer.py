"""Hands messages to milters as Postfix does (gatepost-test-mailer), and tells what came of them."""

import dataclasses
import subprocess

from mail_stack import binary

ANSWERS = ("verdict", "reply", "quarantine", "microseconds", "message", "error")


@dataclasses.dataclass(frozen=True)
class Outcome:
    verdict: str        # "continue", "accept", "reject", "tempfail" ..., or "error: ..."
    reply: str = ""     # "550 5.7.1 No"; of several lines each has its code
    quarantine: str = ""
    milliseconds: float = 0
    message: bytes = b""  # as it would be queued


class Mailer:
    """`socket` as in main.cf: "inet:8893@127.0.0.1", "unix:/path"."""

    def __init__(self, socket: str):
        self._child = subprocess.Popen([binary("gatepost-test-mailer"), socket],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, message: bytes, *, client: str, helo: str, mail_from: str,
             recipients=("bob@receiver.example",), client_name: str = "unknown",
             macros: dict[str, str] | None = None, queue_id: str = "") -> Outcome:
        lines = [f"client {client_name} {client}", f"helo {helo}", f"mail <{mail_from}>"]
        lines += [f"rcpt <{recipient}>" for recipient in recipients]
        lines += [f"macro {name} {value}" for name, value in (macros or {}).items()]
        lines += [f"queue-id {queue_id}"] if queue_id else []
        lines.append(f"message {len(message)}\n")
        self._child.stdin.write("\n".join(lines).encode("utf-8", "surrogateescape") + message)
        self._child.stdin.flush()
        return self._outcome()

    def _outcome(self) -> Outcome:
        found = {}
        while "message" not in found:
            line = self._child.stdout.readline().decode(errors="replace").rstrip("\n")
            if not line:
                raise RuntimeError("gatepost-test-mailer ended")
            name, _, value = line.partition(" ")
            if name == "error":
                return Outcome(f"error: {value}")
            if name in ANSWERS:
                found[name] = value
            else:  # the reply's next line
                found["reply"] += "\n" + line
        content = self._child.stdout.read(int(found["message"]))
        return Outcome(found["verdict"], found["reply"].replace("\r", ""),
                       found.get("quarantine", ""),
                       int(found["microseconds"]) / 1000, content)

    def close(self):
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait(10)
