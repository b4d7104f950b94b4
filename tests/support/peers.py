"""Other people's DKIM verifiers and signers, asked about bytes as they went over the wire."""

import base64
import dataclasses
import re

import mail_stack  # noqa: F401  (it finds deploy/stack)
from stack.dkim import make_key, publish

METHODS = ("relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple")


@dataclasses.dataclass(frozen=True)
class Cell:
    """One kind of signature: "rsa" or "ed25519", with its canonicalization."""
    algorithm: str
    method: str

    @property
    def selector(self) -> str:
        header, _, body = self.method.partition("/")
        return f"{self.algorithm}-{header[0]}{body[0]}"


CELLS = tuple(Cell(algorithm, method) for algorithm in ("rsa", "ed25519") for method in METHODS)


def make_keys(stack, domain: str, cells, prefix: str = ""):
    """A key for each cell under its selector; those of one algorithm are one key."""
    pairs = {algorithm: make_key(stack, domain, f"{prefix}{algorithm}", algorithm)
             for algorithm in ("rsa", "ed25519")}
    return [publish(stack, pairs[cell.algorithm], prefix + cell.selector) for cell in cells]


def print_table(title: str, rows: dict[str, dict[str, str]], columns):
    """{row: {column: text}}, as lines of text."""
    width = max(len(row) for row in rows)
    print(f"\n{title}\n{'':{width}}  " + "  ".join(f"{column:>10}" for column in columns))
    for row, cells in rows.items():
        print(f"{row:{width}}  " + "  ".join(f"{cells.get(column, '-'):>10}" for column in columns))


def fields(message: bytes, name: str) -> list[str]:
    """The header fields of this name, folded as they are, top first."""
    header = message.partition(b"\r\n\r\n")[0].decode(errors="replace")
    return re.findall(rf"(?im)^{name}[ \t]*:[^\r]*(?:\r\n[ \t][^\r]*)*", header)


def results_of(message: bytes, authserv_id: str) -> dict[str, str]:
    """{selector: result} of the dkim results that this authserv-id wrote; {"": result} where a
    result names no selector."""
    found = {}
    for field in fields(message, "Authentication-Results"):
        value = re.sub(r"\([^)]*\)", "", field.partition(":")[2])
        value = re.sub(r"\s+", " ", value).strip()
        if value.split(";")[0].split(" ")[0].lower() == authserv_id:
            for result, properties in re.findall(r"\bdkim=(\w+)((?:(?!\bdkim=).)*)", value):
                selector = re.search(r"header\.s=([^ ;]+)", properties)
                found[selector.group(1) if selector else ""] = result
    return found


def dkimpy_results(message: bytes, keys, selectors=()) -> dict[str, str]:
    """{selector: "pass" or "fail"} for every DKIM-Signature (of these selectors), by dkimpy, to
    which these keys are the whole DNS."""
    records = {f"{key.selector}._domainkey.{key.domain}.": key.record.encode() for key in keys}

    def look_up(name, timeout=5):
        return records.get(name.decode() if isinstance(name, bytes) else name)

    found = {}
    for index, field in enumerate(fields(message, "DKIM-Signature")):
        selector = re.search(r"[;:\s]s=\s*([^;\s]+)", field).group(1)
        if not selectors or selector in selectors:
            found[selector] = _ask_dkimpy(message, index, look_up)
    return found


def _ask_dkimpy(message: bytes, index: int, look_up) -> str:
    import dkim  # Debian's python3-dkim; not needed by tests without this peer

    try:
        return "pass" if dkim.DKIM(message).verify(idx=index, dnsfunc=look_up) else "fail"
    except dkim.ValidationError:  # a body hash that does not match, among others
        return "fail"


def sign_with_dkimpy(message: bytes, key, canonicalization: str = "relaxed/relaxed") -> bytes:
    """The message with a DKIM-Signature by dkimpy on top."""
    import dkim

    header_method, body_method = canonicalization.encode().split(b"/")
    with open(key.path, "rb") as file:
        private = file.read()
    if key.algorithm == "ed25519":
        private = base64.b64encode(key.seed())
    signature = dkim.sign(message, key.selector.encode(), key.domain.encode(), private,
                          canonicalize=(header_method, body_method),
                          signature_algorithm=f"{key.algorithm}-sha256".encode())
    return signature + message
