"""gatepost.toml for a stack's programs."""

from stack.mail_stack import MailStack

SITE = """\
[identity]
hostname = "{hostname}"
authserv_id = "{hostname}"
[store]
url = "{store}"
state_directory = "{folder}"
[dns]
servers = ["{resolver}"]
timeout = "2s"
[log]
target = "stderr"
level = "debug"
"""


def site_file(stack: MailStack, resolver: str = "") -> str:
    """resolver: another name server than the stack's."""
    return SITE.format(hostname=stack.hostname, store=stack.redis.url, folder=stack.folder,
                       resolver=resolver or stack.dns.address)
