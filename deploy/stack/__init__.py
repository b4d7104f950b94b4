"""A private mail stack: Postfix, Dovecot, Redis and DNS on addresses of their own.

Used by deploy/demo and by tests/integration. Needs root, python3's standard library and the
packages of deploy/packages/stack.txt; no systemd, no network.
"""

from stack.daemon import Daemon, Log, wait_until
from stack.host import MissingTools, enter_namespace
from stack.mail_stack import MailStack, Milters
from stack.smtp import Client, Reply
from stack.sink import ReceivedMail, Sink

__all__ = [
    "Client", "Daemon", "Log", "MailStack", "Milters", "MissingTools", "ReceivedMail", "Reply",
    "Sink", "enter_namespace", "wait_until",
]
