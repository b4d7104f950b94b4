"""gatepost-dmarc in the stack. The names of its options that tests use stand here alone."""

import dataclasses

import mail_stack  # noqa: F401  (it finds deploy/stack)

from stack.site import SITE

PROGRAM = "gatepost-dmarc"
PORT = 8895


@dataclasses.dataclass(frozen=True)
class Options:
    """What a test wants of the program; everything else as shipped.

    judge_only: what DMARC decides can be read in the message, which passes: reject holds it and
    quarantine tags it. [author] refuses what it refuses. settings: by section, on top of all
    else ({"dmarc": {"mode": "shadow"}}). more: further sections
    ("[results]\\nreceived_spf = true\\n").
    """
    judge_only: bool = False
    trusted_sealers: tuple[str, ...] = ()
    suffixes: str = ""         # a public suffix list other than the system's
    method: str = "treewalk"   # or "psl", "both"
    local_networks: tuple[str, ...] = ()
    greylist: bool = False
    block_lists: tuple[str, ...] = ()
    on_temporary_error: str = "pass"  # or "defer"
    budget: str = "10s"
    settings: dict[str, dict] = dataclasses.field(default_factory=dict)
    more: str = ""


def configuration(socket: str, options: Options = Options()) -> str:
    """dmarc.toml."""
    judging = {"reject": "hold", "quarantine": "tag"} if options.judge_only else {}
    top = {"budget": options.budget,
           "on_temperror": "pass" if options.judge_only else options.on_temporary_error}
    sections = {
        "server": {"socket": socket},
        "exempt": {"local": False, "networks": list(options.local_networks)},
        "dmarc": {"discovery": options.method, **judging,
                  **({"public_suffix_list": options.suffixes} if options.suffixes else {})},
        "arc": {"trusted_sealers": list(options.trusted_sealers)},
        "block_lists": {"lists": list(options.block_lists)},
        "greylist": {"mode": "enforce" if options.greylist else "off"},
    }
    for section, values in options.settings.items():
        sections[section] = {**sections.get(section, {}), **values}
    lines = [f"{name} = {_toml(value)}" for name, value in top.items()]
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{name} = {_toml(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n" + options.more


def start_dmarc(stack, binary: str, options: Options = Options(), *, port: int = PORT,
                resolver: str = "", hostname: str = "", socket: str = "", quiet: bool = False):
    """The program at inet:port on the stack's address, or at another socket ("unix:/path").
    quiet: logs as shipped, and keeps its state to itself, as shipped."""
    socket = socket or f"inet:{port}@{stack.address}"
    site = SITE.format(hostname=hostname or stack.hostname,
                       store="memory:" if quiet else stack.redis.url,
                       folder=stack.folder, resolver=resolver or stack.dns.address)
    if options.greylist:  # a busy machine must not let mail pass that would have to wait
        site = site.replace("[store]\n", '[store]\ndeadline = "5s"\n')
    if quiet:
        site = site.replace('level = "debug"', 'level = "info"')
    name = f"{PROGRAM}-{port}"
    paths = [stack.write(f"{name}/dmarc.toml", configuration(socket, options)),
             stack.write(f"{name}/gatepost.toml", site)]
    return stack.run(name, [binary, "-c", paths[0], "--site", paths[1]], socket)


def _toml(value) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
