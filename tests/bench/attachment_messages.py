"""Messages for tests/bench/attachments: what people send, in three sizes. All are made on the spot,
the same each time."""

import hashlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder)
                for folder in ("evasions", "ordinary")]

from mail import file, mixed, part, whole  # noqa: E402  (found through the path above)
from office import ooxml  # noqa: E402
from pages import pdf, stream  # noqa: E402
from zips import Member, zip_of  # noqa: E402

MB = 1_000_000


def noise(size: int, seed: str) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(size)


# Ordinary mail.

def photo(size: int, seed: str) -> bytes:
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + noise(size, seed) + b"\xff\xd9"


def scan(size: int, seed: str) -> bytes:
    """A PDF of pictures, as scanners make them."""
    pages = [stream(photo(size // 4, f"{seed}{page}"), b"/Type/XObject/Subtype/Image/Filter/DCTDecode",
                    packed=False) for page in range(4)]
    return pdf(*pages)


def document(size: int, seed: str) -> bytes:
    text = "".join(f"<w:p><w:r><w:t>Paragraph {number} of the report</w:t></w:r></w:p>"
                   for number in range(200))
    return ooxml("docx", Member("word/media/image1.png", b"\x89PNG\r\n\x1a\n" + noise(size, seed), 0),
                 body=text)


def album(size: int, seed: str) -> bytes:
    return zip_of(*[(f"IMG_{number:04}.JPG", photo(size // 5, f"{seed}{number}"))
                    for number in range(5)])


WORDS = b"".join(b"Line %d of a letter that is neither short nor long, as people write.\r\n" % number
                 for number in range(60))
LETTER = part("Content-Type: text/plain; charset=us-ascii", WORDS)


def message(*parts) -> bytes:
    return whole("bench", mixed(LETTER, *parts))


def small() -> bytes:
    return message(file("invoice.pdf", scan(3400, "small"), "application/pdf"))


def mixture(size: int) -> bytes:
    """Attachments of so many octets before they are encoded: a scan, photos, a document, a zip."""
    seed = str(size)
    return message(file("scan.pdf", scan(size // 4, seed + "scan"), "application/pdf"),
                   file("IMG_1.JPG", photo(size // 4, seed + "photo"), "image/jpeg"),
                   file("report.docx", document(size // 4, seed + "document")),
                   file("photos.zip", album(size // 4, seed + "album"), "application/zip"))


def ordinary() -> dict[str, bytes]:
    return {"10 kB": small(), "1 MB": mixture(int(0.73 * MB)), "10 MB": mixture(int(7.3 * MB))}


def nested() -> bytes:
    """50 MB: archives within archives within an archive."""
    inner = [zip_of(*[(f"{number}.zip", zip_of(*[(f"IMG_{n}.JPG", photo(456_000, f"{group}{number}{n}"))
                                                 for n in range(4)])) for number in range(5)])
             for group in range(4)]
    archive = zip_of(*[(f"year{number}.zip", each) for number, each in enumerate(inner)])
    return message(file("archive.zip", archive, "application/zip"))
