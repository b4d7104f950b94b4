"""What the tables hide, in the shapes that they need most."""

from files import EXE, VBS
from mail import b64, part

CTE = "Content-Transfer-Encoding: base64"
OCTETS = "Content-Type: application/octet-stream"
PDF_TYPE = 'Content-Type: application/pdf; name="papers.pdf"'


def exe(*fields) -> bytes:
    """A program under the header that the caller gives."""
    return part((*fields, CTE), b64(EXE))


def vbs(*fields) -> bytes:
    """A script: nothing but its name tells what it is."""
    return part((*fields, CTE), b64(VBS))


def disposed(value: str, *fields) -> bytes:
    """The script with a Content-Disposition of this value."""
    return vbs(OCTETS, f"Content-Disposition: attachment; {value}", *fields)


def typed(value: str, *fields) -> bytes:
    """The script with parameters of Content-Type alone."""
    return vbs(f"Content-Type: application/octet-stream; {value}", *fields)


def both_named(name: str) -> bytes:
    return vbs(f'Content-Type: application/octet-stream; name="{name}"',
               f'Content-Disposition: attachment; filename="{name}"')
