"""Programs that know no other name server than that of /etc/resolv.conf, on port 53."""


def with_name_server(stack, address: str, argv: list[str]) -> list[str]:
    """The command in a mount namespace of its own, where /etc/resolv.conf names `address`."""
    path = stack.write("resolv.conf", f"nameserver {address}\noptions timeout:2 attempts:2\n")
    script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, path, *argv]
