"""Letters on their way: out through submission, and in again through port 25.

Both ways end at the stack's outside server, so that no mailbox stands between: use STRAIGHT_IN.
"""

from letters import Letter
from mail_stack import wait_until

AUTHOR, OUTSIDE, INSIDE = "alice@example.test", "carol@remote.test", "bob@example.test"

# Postfix settings: arriving mail is passed on at once, and no line is wrapped on the way.
STRAIGHT_IN = {
    "virtual_transport": "smtp:[{outside}]:25",
    "smtp_line_length_limit": "0",
}

# Under load a sanitized program with its peers takes its time for the largest letters.
PATIENCE_SECONDS = 50


def send_out(stack, letters: list[Letter]) -> dict[str, bytes]:
    """{name: its bytes as Postfix sent them out}, all submitted in one session."""
    with stack.submission(AUTHOR) as session:
        for letter in letters:
            _deliver(session, AUTHOR, OUTSIDE, letter, letter.content())
    return {letter.name: _await(stack, letter, OUTSIDE) for letter in letters}


def bring_in(stack, letters: list[Letter], wires: dict[str, bytes]) -> dict[str, bytes]:
    """{name: its bytes after arrival at port 25}, where they come as in `wires`."""
    with stack.port_25() as session:
        for letter in letters:
            _deliver(session, OUTSIDE, INSIDE, letter, wires[letter.name])
    return {letter.name: _await(stack, letter, INSIDE) for letter in letters}


def _deliver(session, sender: str, recipient: str, letter: Letter, content: bytes):
    chunk_bytes = 1 << 20 if letter.by_bdat else 0
    reply = session.deliver(sender, [recipient], content, letter.options, chunk_bytes)
    if not reply.accepted:
        raise AssertionError(f"{letter.name}: {reply}")


def _await(stack, letter: Letter, recipient: str) -> bytes:
    def arrived():
        return [mail for mail in stack.outside.messages(letter.mark)
                if recipient in mail.recipients]
    return wait_until(arrived, PATIENCE_SECONDS, f"{letter.name} for {recipient}")[0].content
