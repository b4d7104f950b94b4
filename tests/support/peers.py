"""Other people's DKIM verifiers and signers, asked about bytes as they went over the wire."""

import base64
import re


def fields(message: bytes, name: str) -> list[str]:
    """The header fields of this name, folded as they are, top first."""
    header = message.partition(b"\r\n\r\n")[0].decode(errors="replace")
    return re.findall(rf"(?im)^{name}[ \t]*:[^\r]*(?:\r\n[ \t][^\r]*)*", header)


def results_of(message: bytes, authserv_id: str) -> dict[str, str]:
    """{selector: result} of the dkim results that this authserv-id wrote; {"": result} where a
    result names no selector."""
    found = {}
    for field in fields(message, "Authentication-Results"):
        value = re.sub(r"\s+", " ", field.partition(":")[2]).strip()
        if value.split(";")[0].split(" ")[0].lower() == authserv_id:
            for result, properties in re.findall(r"\bdkim=(\w+)((?:(?!\bdkim=).)*)", value):
                selector = re.search(r"header\.s=([^ ;]+)", properties)
                found[selector.group(1) if selector else ""] = result
    return found


def dkimpy_results(message: bytes, keys) -> dict[str, bool]:
    """{selector: whether dkimpy accepts it} for every DKIM-Signature, in the stack's keys' eyes."""
    import dkim  # Debian's python3-dkim; not needed by tests without this peer

    records = {f"{key.selector}._domainkey.{key.domain}.": key.record.encode() for key in keys}

    def look_up(name, timeout=5):
        return records.get(name.decode() if isinstance(name, bytes) else name)

    found = {}
    for index, field in enumerate(fields(message, "DKIM-Signature")):
        selector = re.search(r"[;:\s]s=\s*([^;\s]+)", field).group(1)
        found[selector] = dkim.DKIM(message).verify(idx=index, dnsfunc=look_up)
    return found


def sign_with_dkimpy(message: bytes, key, canonicalization: str = "relaxed/relaxed") -> bytes:
    """The message with a DKIM-Signature by dkimpy on top."""
    import dkim

    header_method, body_method = canonicalization.encode().split(b"/")
    with open(key.path, "rb") as file:
        private = file.read()
    if key.algorithm == "ed25519":
        # dkimpy wants the bare seed: the last 32 bytes of the PKCS#8 form.
        private = b"".join(private.splitlines()[1:-1])
        private = base64.b64encode(base64.b64decode(private)[-32:])
    signature = dkim.sign(message, key.selector.encode(), key.domain.encode(), private,
                          canonicalize=(header_method, body_method),
                          signature_algorithm=f"{key.algorithm}-sha256".encode())
    return signature + message
