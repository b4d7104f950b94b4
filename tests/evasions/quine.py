"""A zip whose one member is that zip again. Deflate can say "these octets as they are" and "the last
octets once more"; a chain of both prints itself, what stands before it and what stands behind it. The
checksum is among what is printed, and its bits are the solution of linear equations."""

import itertools
import struct
import zlib

from zips import END, Member, central_header, local_header

NAME = "papers-within-papers-again.zip"  # so long that the first repeat fits into UNIT octets
UNIT = 5                                 # of as_is() and of most repeats
NOTHING, LAST = b"\0\0\0\xff\xff", b"\1\0\0\xff\xff"


def codes(count: int, plain: int, step: int) -> list[tuple[int, int, int]]:
    """(least value, code, extra bits): the tables of RFC 1951 section 3.2.5."""
    found, least = [], 3 if step == 4 else 1
    for code in range(count):
        extra = 0 if code < plain else code // step - 1
        found.append((least, code, extra))
        least += 1 << extra
    return found


LENGTHS, DISTANCES = codes(23, 8, 4), codes(30, 4, 2)  # of lengths those with codes of seven bits
LONGEST = 114


def coded(value: int, table, width: int, first: int) -> str:
    """The bits in their order: the code from its highest, what is extra from its lowest."""
    least, code, extra = [each for each in table if each[0] <= value][-1]
    return f"{code + first:0{width}b}" + "".join(str(value - least >> n & 1) for n in range(extra))


def block(lengths, distance: int) -> str:
    """With fixed codes, not the last one; without lengths it is empty."""
    copies = [coded(length, LENGTHS, 7, 1) + coded(distance, DISTANCES, 5, 0) for length in lengths]
    return "010" + "".join(copies) + "0000000"


def packed_bits(bits: str) -> bytes:
    return bytes(int(bits[at:at + 8][::-1], 2) for at in range(0, len(bits), 8))


def as_is(size: int) -> bytes:
    """What stands before octets that are printed as they are."""
    return struct.pack("<BHH", 0, size, size ^ 0xFFFF)


def again(size: int, own_size: int = UNIT) -> bytes | None:
    """Prints the last `size` octets once more; of own_size octets, if that can be."""
    shares = [(size,)] + [(share, size - share) for share in range(3, size - 2)]
    for lengths, empty in itertools.product(shares, range(8)):
        if max(lengths) > LONGEST:
            continue
        bits = block(lengths, size) + block((), size) * empty
        if len(bits) == 8 * own_size:
            return packed_bits(bits)
    return None


def chain(before: bytes, behind: bytes) -> bytes:
    """A deflate stream that prints `before`, itself and `behind`; its last block is in `behind`."""
    first, head = again(len(before) + UNIT), as_is(len(before) + UNIT)
    unit, four, repeat = as_is(UNIT), as_is(4 * UNIT), again(4 * UNIT)
    size, end = next((size, end) for size in range(UNIT, 20)
                     if (end := again(size + len(behind), size)))
    tail = as_is(size + len(behind))
    return b"".join((
        head, before, head, first,              # prints `before` and the first head, twice
        unit, first, unit, unit,                # what was executed since, and is not printed yet
        four, first, unit, unit, four, repeat,
        four, repeat, four, repeat, four, repeat,
        four, repeat, NOTHING, NOTHING, tail,   # prints itself; the repeat prints what follows
        repeat, NOTHING, NOTHING, tail, end, behind, end))


def claiming(crc: int) -> bytes:
    """The whole zip with this checksum in it."""
    size, packed = 0, b""
    for _ in range(2):  # the first one is only as long as it has to be
        member = Member(NAME, packed=packed, crc=crc, size=size, local_size=size)
        before, listing = local_header(member, packed), central_header(member, packed, 0)
        end = END + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listing), len(before) + len(packed), 0)
        links = chain(before, LAST + listing + end)
        packed = links + LAST
        size = len(before) + len(packed) + len(listing) + len(end)
    return before + packed + listing + end


def zip_quine() -> bytes:
    """crc32(claiming(x)) is x: each bit of x turns certain bits of the checksum, whatever the others
    are, so that this is a linear equation over bits."""
    constant = zlib.crc32(claiming(0))
    rows = []  # of x ^ crc32(claiming(x)) ^ constant, for each bit of x: (what it turns, the bit)
    for number in range(32):
        bit = 1 << number
        rows.append((bit ^ zlib.crc32(claiming(bit)) ^ constant, bit))
    wanted, found = constant, 0
    for number in range(32):
        pivot = next((row for row in rows if row[0] >> number & 1), None)
        if pivot is None:
            continue
        rows = [(turns ^ pivot[0], bits ^ pivot[1]) if turns >> number & 1 else (turns, bits)
                for turns, bits in rows if (turns, bits) != pivot]
        if wanted >> number & 1:
            wanted, found = wanted ^ pivot[0], found ^ pivot[1]
    return claiming(found)
