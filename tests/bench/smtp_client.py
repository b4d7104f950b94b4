"""smtp_client.py ADDRESS CLIENT HELO SENDER RECIPIENT FILE COUNT: one busy SMTP client of
tests/bench/dmarc, as another host by XCLIENT. Says "ready" when it is connected, and begins when
its standard input ends; fails where a message is not accepted."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "deploy"))
from stack.smtp import Client, Session  # noqa: E402  (found through the path above)


def connect(address, client, helo, patience=20):
    """Processes that Postfix had before a change of its settings hang up."""
    for attempt in range(patience):
        try:
            session = Session(address, 25)
            session.become(Client(client, helo, helo))
            return session
        except OSError:
            if attempt + 1 == patience:
                raise
            time.sleep(0.1)


def main():
    address, client, helo, sender, recipient, path, count = sys.argv[1:]
    message = Path(path).read_bytes()
    with connect(address, client, helo) as session:
        print("ready", flush=True)
        sys.stdin.read()
        for _ in range(int(count)):
            reply = session.deliver(sender, [recipient], message)
            if not reply.accepted:
                sys.exit(f"{reply.code} {reply.text}")


main()
