"""gatepost-ratelimit in the stack. The names of its options that tests use stand here alone."""

import dataclasses

import mail_stack  # noqa: F401  (it finds deploy/stack)

from stack.site import SITE

PROGRAM = "gatepost-ratelimit"
PORT = 8894


@dataclasses.dataclass(frozen=True)
class Options:
    """What a test wants of the program; everything else as shipped.

    table: rows of limits.table. detector: lines of [detector]. sections: {section: {name: value}}.
    """
    limits: tuple[str, ...] = ()
    table: str = ""
    sections: dict[str, dict] = dataclasses.field(default_factory=dict)
    site: str = ""       # more of gatepost.toml
    store: str = ""      # its URL; "": the stack's Redis


def configuration(stack, socket: str, options: Options) -> str:
    """ratelimit.toml."""
    sections = {"server": {"socket": socket}, "limits": {"limits": list(options.limits)},
                "detector": {"mode": "off"}}
    if options.table:
        sections["limits"]["table"] = stack.write("limits.table", options.table)
    for section, values in options.sections.items():
        sections[section] = {**sections.get(section, {}), **values}
    lines = []
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{name} = {_toml(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n"


def start_ratelimit(stack, binary: str, options: Options = Options(), port: int = PORT):
    """The program at inet:port on the stack's address."""
    socket = f"inet:{port}@{stack.address}"
    folder = f"{PROGRAM}-{port}"
    stack.write(f"{folder}/state/.keep", "")
    site = SITE.format(hostname=f"mx{port}.example.test", store=options.store or stack.redis.url,
                       folder=f"{stack.folder}/{folder}/state", resolver=stack.dns.address)
    paths = [stack.write(f"{folder}/ratelimit.toml", configuration(stack, socket, options)),
             stack.write(f"{folder}/gatepost.toml", site + options.site)]
    return stack.run(folder, [binary, "-c", paths[0], "--site", paths[1]], socket)


def _toml(value) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
