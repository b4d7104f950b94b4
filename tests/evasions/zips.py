"""Zip archives (APPNOTE.TXT) of our own, so that each field can be a lie."""

import dataclasses
import struct
import zlib

ENCRYPTED, DESCRIPTOR, UTF8 = 1, 8, 0x800
STORED, DEFLATED, AES = 0, 8, 99
LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
DATE = 0x5A62  # 2 March 2025


def octets(text) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@dataclasses.dataclass
class Member:
    """What stands in the directory and what stands before the content may differ."""
    name: str | bytes
    content: bytes = b""
    method: int = DEFLATED
    flags: int = 0
    packed: bytes | None = None       # instead of what the method makes of it
    local_name: str | bytes | None = None
    local_method: int | None = None
    local_size: int | None = None
    crc: int | None = None
    size: int | None = None           # unpacked, in the directory
    extra: bytes = b""
    local_extra: bytes | None = None
    attributes: int = 0
    made_by: int = 20
    listed: bool = True               # in the directory
    present: bool = True              # before the directory
    signed_descriptor: bool = True
    zip64: bool = False
    offset: int | None = None

    def pack(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method != DEFLATED:
            return self.content
        squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return squeezer.compress(self.content) + squeezer.flush()

    def checksum(self) -> int:
        return zlib.crc32(self.content) if self.crc is None else self.crc


def local_header(member: Member, packed: bytes) -> bytes:
    size = len(member.content) if member.local_size is None else member.local_size
    numbers = [member.checksum(), len(packed), size]
    if member.flags & DESCRIPTOR:
        numbers = [0, 0, 0]
    name = octets(member.name if member.local_name is None else member.local_name)
    extra = member.extra if member.local_extra is None else member.local_extra
    if member.zip64:
        extra += struct.pack("<HHQQ", 1, 16, numbers[2], numbers[1])
        numbers[1:] = [0xFFFFFFFF] * 2
    method = member.method if member.local_method is None else member.local_method
    return LOCAL + struct.pack("<HHHHHIIIHH", 20, member.flags, method, 0, DATE, *numbers, len(name),
                               len(extra)) + name + extra


def descriptor(member: Member, packed: bytes) -> bytes:
    if not member.flags & DESCRIPTOR:
        return b""
    mark = b"PK\7\x08" if member.signed_descriptor else b""
    return mark + struct.pack("<III", member.checksum(), len(packed), len(member.content))


def central_header(member: Member, packed: bytes, offset: int) -> bytes:
    size = len(member.content) if member.size is None else member.size
    name, extra, packed_size = octets(member.name), member.extra, len(packed)
    if member.zip64:
        extra += struct.pack("<HHQQQ", 1, 24, size, packed_size, offset)
        size = packed_size = offset = 0xFFFFFFFF
    return CENTRAL + struct.pack("<HHHHHHIIIHHHHHII", member.made_by, 20, member.flags,
                                 member.method, 0, DATE, member.checksum(), packed_size, size,
                                 len(name), len(extra), 0, 0, 0, member.attributes,
                                 offset) + name + extra


def as_member(each) -> Member:
    return each if isinstance(each, Member) else Member(*each)


def zip_of(*members, before=b"", after=b"", comment=b"", end=True, directory=True, shift=0,
           count=None, mark=LOCAL, gap=b"") -> bytes:
    """Members are Member or (name, content). shift: added to each offset in the directory. before:
    bytes that the offsets do not count. mark: instead of the local headers' signature."""
    body, listing, listed = bytearray(), bytearray(), 0
    for member in map(as_member, members):
        packed, offset = member.pack(), len(body) + shift
        if member.present:
            body += local_header(member, packed) + packed + descriptor(member, packed)
        if member.listed:
            listed += 1
            listing += central_header(member, packed,
                                      offset if member.offset is None else member.offset)
    body += gap
    start = len(body) + shift
    listed = listed if count is None else count
    body = body.replace(LOCAL, mark) if mark != LOCAL else body
    tail = END + struct.pack("<HHHHIIH", 0, 0, listed, listed, len(listing), start,
                             len(comment)) + comment
    return (before + bytes(body) + (bytes(listing) if directory else b"")
            + (tail if end else b"") + after)


def zip64_of(*members) -> bytes:
    """With the end record of large archives."""
    plain = zip_of(*members)
    listing_size, start = struct.unpack("<II", plain[-10:-2])
    count = struct.unpack("<H", plain[-12:-10])[0]
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, listing_size, start)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, len(plain) - 22, 1)
    return plain[:-22] + record + locator + END + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF,
                                                              0xFFFFFFFF, 0xFFFFFFFF, 0)


# Encryption of the first kind (APPNOTE 6.1).

def crc_table() -> list[int]:
    table = []
    for octet in range(256):
        for _ in range(8):
            octet = octet >> 1 ^ (0xEDB88320 if octet & 1 else 0)
        table.append(octet)
    return table


CRC_TABLE = crc_table()


class ZipCrypto:
    def __init__(self, password: bytes):
        self.keys = [0x12345678, 0x23456789, 0x34567890]
        for octet in password:
            self.update(octet)

    def update(self, octet: int):
        first, second, third = self.keys
        first = CRC_TABLE[(first ^ octet) & 255] ^ first >> 8
        second = ((second + (first & 255)) * 134775813 + 1) & 0xFFFFFFFF
        third = CRC_TABLE[(third ^ second >> 24) & 255] ^ third >> 8
        self.keys = [first, second, third]

    def encrypt(self, content: bytes) -> bytes:
        out = bytearray()
        for octet in content:
            mask = self.keys[2] | 2
            out.append(octet ^ (mask * (mask ^ 1) >> 8 & 255))
            self.update(octet)
        return bytes(out)


def locked(name, content, password=b"secret", **options) -> Member:
    """A member with a password, as any zip program makes it."""
    plain = Member(name, content)
    head = bytes(range(11)) + bytes((zlib.crc32(content) >> 24,))
    packed = ZipCrypto(password).encrypt(head + plain.pack())
    return Member(name, content, flags=ENCRYPTED, packed=packed, **options)


def locked_aes(name, content, **options) -> Member:
    """The form of WinZip's AES-256; what stands there decrypts to nothing."""
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, DEFLATED)
    return Member(name, content, AES, ENCRYPTED, packed=bytes(range(18)) + content[::-1] + bytes(10),
                  crc=0, extra=extra, **options)


def unicode_path(stands: str, meant: str) -> bytes:
    """The extra field by which Info-ZIP tells a name in UTF-8."""
    body = struct.pack("<BI", 1, zlib.crc32(stands.encode())) + meant.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


def overlapping(count: int, size: int) -> bytes:
    """Members that all have the same packed bytes: much from little without packing twice."""
    kernel = Member("f", bytes(size))
    packed = kernel.pack()
    body = local_header(kernel, packed) + packed
    listing = b"".join(central_header(Member(f"f{number}", bytes(size), local_name="f",
                                             crc=kernel.checksum()), packed, 0)
                       for number in range(count))
    return body + listing + END + struct.pack("<HHHHIIH", 0, 0, count, count, len(listing),
                                              len(body), 0)
