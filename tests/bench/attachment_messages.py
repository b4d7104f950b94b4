"""Messages for tests/bench/attachments: what people send, in three sizes, and what is sent to bring
filters down. All are made on the spot, the same each time."""

import hashlib
import struct
import sys
import zlib
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / folder)
                for folder in ("evasions", "ordinary")]

from archives import tar_of, xz_dictionary  # noqa: E402  (found through the path above)
from files import EXE  # noqa: E402
from mail import b64, file, join, mixed, part, whole  # noqa: E402
from office import ooxml  # noqa: E402
from pages import pdf, stream  # noqa: E402
from quine import zip_quine  # noqa: E402
from zips import END, Member, central_header, local_header, zip_of  # noqa: E402

MB = 1_000_000
BLOCK = bytes(1 << 20)


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


# Bombs.

def zeros(megabytes: int) -> tuple[bytes, int]:
    """Deflated without packing each one: a block of a megabyte, again and again; and the CRC."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezer.compress(BLOCK)
    squeezer.flush(zlib.Z_FULL_FLUSH)
    block = squeezer.compress(BLOCK) + squeezer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(BLOCK, crc)
    return block * megabytes + squeezer.flush(), crc


def zeros_gz(megabytes: int) -> bytes:
    packed, crc = zeros(megabytes)
    return (b"\x1f\x8b\x08\0\0\0\0\0\2\3" + packed
            + struct.pack("<II", crc, (megabytes << 20) & 0xFFFFFFFF))


def forty_two() -> bytes:
    """Five levels of sixteen, four gigabytes in each of the lowest."""
    packed, crc = zeros(4095)
    size = 4095 << 20
    level = zip_of(Member("0.dat", b"", 8, packed=packed, crc=crc, size=size, local_size=size))
    for depth in range(5):
        level = zip_of(*[(f"{depth}-{number}.zip", level) for number in range(16)])
    return level


def many_members(count: int) -> bytes:
    """Packed once more, as it would be too long for a message."""
    body, listing = bytearray(), bytearray()
    for number in range(count):
        member = Member(f"{number}", b"", 0)
        listing += central_header(member, b"", len(body))
        body += local_header(member, b"")
    return zip_of(("many.zip", bytes(body + listing) + END + struct.pack(
        "<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(listing), len(body), 0)))


def many_in_tar(megabytes: int) -> bytes:
    """2,048 empty files in each megabyte."""
    head = tar_of(("a", b""))[:512]
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezer.compress(head)
    squeezer.flush(zlib.Z_FULL_FLUSH)
    block = squeezer.compress(head * 2048) + squeezer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(head * 2048, crc)
    return (b"\x1f\x8b\x08\0\0\0\0\0\2\3" + block * megabytes + squeezer.flush()
            + struct.pack("<II", crc, megabytes << 20))


def many_levels(count: int) -> bytes:
    inner = zip_of(("papers.exe", EXE))
    for number in range(count):
        inner = zip_of(Member(f"{number}.zip", inner, 0))
    return inner


def wide_dictionary() -> bytes:
    """An xz stream that asks for 3 GB before it gives anything."""
    return xz_dictionary(EXE, 38)


def gz_levels(count: int) -> bytes:
    inner = EXE
    for _ in range(count):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        inner = packer.compress(inner) + packer.flush()
    return inner


def nested_multiparts(depth: int) -> bytes:
    inner = LETTER
    for level in range(depth):
        inner = part(f'Content-Type: multipart/mixed; boundary="b{level}"', join((inner,), f"b{level}"))
    return whole("bench", mixed(inner))


def many_parts(count: int) -> bytes:
    return whole("bench", mixed(*[part("Content-Type: text/plain", b"hello\r\n")] * count))


def bombs() -> dict[str, bytes]:
    files = {"42.zip": forty_two, "10 GB of zeros in gz": lambda: zeros_gz(10240),
             "10 GB of zeros in zip": lambda: zip_of(Member("a", b"", 8, packed=zeros(10240)[0])),
             "1,000,000 members": lambda: many_members(1_000_000),
             "1,000,000 members of tar.gz": lambda: many_in_tar(489),
             "1,000 levels of zip": lambda: many_levels(1000),
             "1,000 levels of gz": lambda: gz_levels(1000), "a zip within itself": zip_quine,
             "xz, 3 GB dictionary": wide_dictionary}
    made = {name: message(part(('Content-Type: application/octet-stream; name="papers.bin"',
                                "Content-Transfer-Encoding: base64"), b64(build())))
            for name, build in files.items()}
    made["1,000 levels of MIME"] = nested_multiparts(1000)
    made["100,000 parts"] = many_parts(100_000)
    return made
