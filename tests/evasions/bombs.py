"""Messages that are meant to use up a filter's time or memory. Each is made in about a second, the
same each time."""

import struct
import zlib
from collections.abc import Callable

from archives import tar_of, xz_dictionary
from files import EXE
from mail import b64, join, mixed, part, whole
from quine import zip_quine
from zips import END, STORED, Member, central_header, local_header, zip_of

BLOCK = bytes(1 << 20)
TEXT = part("Content-Type: text/plain; charset=us-ascii", b"The papers that you asked for.\r\n")


def deflated_again(content: bytes, times: int) -> bytes:
    """Deflated once: behind a full flush the same octets mean the same again."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeezer.compress(content)
    squeezer.flush(zlib.Z_FULL_FLUSH)
    block = squeezer.compress(content) + squeezer.flush(zlib.Z_FULL_FLUSH)
    return block * times + squeezer.flush()


def checksum_of_zeros(megabytes: int) -> int:
    """A checksum goes on as a linear function of what it was: one column for each of its bits."""
    nothing = zlib.crc32(BLOCK)
    columns = [zlib.crc32(BLOCK, 1 << bit) ^ nothing for bit in range(32)]
    crc = 0
    for _ in range(megabytes):
        after = nothing
        for bit, column in enumerate(columns):
            after ^= column * (crc >> bit & 1)
        crc = after
    return crc


def gzip_of(packed: bytes, crc: int, megabytes: int) -> bytes:
    return (b"\x1f\x8b\x08\0\0\0\0\0\2\3" + packed
            + struct.pack("<II", crc, (megabytes << 20) & 0xFFFFFFFF))


def zeros_gz(megabytes: int) -> bytes:
    return gzip_of(deflated_again(BLOCK, megabytes), checksum_of_zeros(megabytes), megabytes)


def zeros_zip(megabytes: int) -> bytes:
    return zip_of(Member("a", b"", packed=deflated_again(BLOCK, megabytes),
                         crc=checksum_of_zeros(megabytes)))


def forty_two() -> bytes:
    """Five levels of sixteen, four gigabytes in each of the lowest."""
    size = 4095 << 20
    level = zip_of(Member("0.dat", b"", packed=deflated_again(BLOCK, 4095),
                          crc=checksum_of_zeros(4095), size=size, local_size=size))
    for depth in range(5):
        level = zip_of(*[(f"{depth}-{number}.zip", level) for number in range(16)])
    return level


def many_members(count: int) -> bytes:
    """Empty files; packed once more, as it would be too long for a message."""
    one = Member("0000000", method=STORED)
    local, listed = local_header(one, b""), central_header(one, b"", 0)
    offset_and_name = 4 + len(one.name)
    start, front = local[:-len(one.name)], listed[:-offset_and_name]
    names = [b"%07d" % number for number in range(count)]
    body = start + start.join(names)
    listing = b"".join(front + struct.pack("<I", number * len(local)) + name
                       for number, name in enumerate(names))
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    whole_zip = body + listing + END + struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF,
                                                   len(listing), len(body), 0)
    packed = packer.compress(whole_zip) + packer.flush()
    return zip_of(Member("many.zip", b"", packed=packed, crc=zlib.crc32(whole_zip),
                         size=len(whole_zip), local_size=len(whole_zip)))


def many_in_tar(megabytes: int) -> bytes:
    """2,048 empty files in each megabyte."""
    heads = tar_of(("a", b""))[:512] * 2048
    return gzip_of(deflated_again(heads, megabytes), 0, megabytes)


def many_levels(count: int) -> bytes:
    inner = zip_of(("papers.exe", EXE))
    for number in range(count):
        inner = zip_of(Member(f"{number}.zip", inner, STORED))
    return inner


def gz_levels(count: int) -> bytes:
    inner = EXE
    for _ in range(count):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        inner = packer.compress(inner) + packer.flush()
    return inner


def wide_dictionary() -> bytes:
    """An xz stream that asks for 3 GB before it gives anything."""
    return xz_dictionary(EXE, 38)


def nested_multiparts(depth: int) -> bytes:
    inner = TEXT
    for level in range(depth):
        inner = part(f'Content-Type: multipart/mixed; boundary="b{level}"', join((inner,), f"b{level}"))
    return whole("bomb", mixed(inner))


def many_parts(count: int) -> bytes:
    return whole("bomb", mixed(*[part("Content-Type: text/plain", b"hello\r\n")] * count))


def attached(content: bytes) -> bytes:
    return whole("bomb", mixed(part(('Content-Type: application/octet-stream; name="papers.bin"',
                                     "Content-Transfer-Encoding: base64"), b64(content))))


def bombs() -> dict[str, Callable[[], bytes]]:
    """What makes each message."""
    return {
        "42.zip": lambda: attached(forty_two()),
        "10 GB of zeros in gz": lambda: attached(zeros_gz(10240)),
        "10 GB of zeros in zip": lambda: attached(zeros_zip(10240)),
        "1,000,000 members": lambda: attached(many_members(1_000_000)),
        "300,000 members": lambda: attached(many_members(300_000)),
        "1,000,000 members of tar.gz": lambda: attached(many_in_tar(489)),
        "1,000 levels of zip": lambda: attached(many_levels(1000)),
        "1,000 levels of gz": lambda: attached(gz_levels(1000)),
        "a zip within itself": lambda: attached(zip_quine()),
        "xz, 3 GB dictionary": lambda: attached(wide_dictionary()),
        "1,000 levels of MIME": lambda: nested_multiparts(1000),
        "100,000 parts": lambda: many_parts(100_000),
    }
