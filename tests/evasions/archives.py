"""Archives of other kinds, written byte by byte: the same on each machine, and wrong where a table
wants them wrong. Content is stored, as no packer is needed to hide a file."""

import binascii
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib

from zips import octets


# Tar, cpio, ar.

def tar_of(*members, form=tarfile.GNU_FORMAT, kind=tarfile.REGTYPE, target="") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.type = len(content), 1740900000, kind
            entry.linkname, entry.mode = target, 0o755
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def cpio_of(*members) -> bytes:
    out = b""
    for number, (name, content) in enumerate([*members, ("TRAILER!!!", b"")], 1):
        name = octets(name) + b"\0"
        fields = (number, 0o100755, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        out += head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
    return out


def old_cpio_of(*members) -> bytes:
    """Of numbers in octal characters (odc)."""
    out = b""
    for name, content in [*members, ("TRAILER!!!", b"")]:
        name = octets(name) + b"\0"
        out += b"070707" + b"%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o" % (
            0, 1, 0o100755, 0, 0, 1, 0, 0, len(name), len(content)) + name + content
    return out


def ar_of(*members) -> bytes:
    out = b"!<arch>\n"
    for name, content in members:
        out += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (octets(name) + b"/", 0, 0, 0, 0o100644,
                                                   len(content)) + content
        out += b"\n" * (len(content) % 2)
    return out


def deb_of(*members) -> bytes:
    return ar_of(("debian-binary", b"2.0\n"), ("control.tar.gz", gz(tar_of(("./control", b"")))),
                 ("data.tar.xz", xz(tar_of(*members))))


# Single files.

def gz(content, name="") -> bytes:
    """With a name in the header where one is given."""
    packed = gzip.compress(content, 9, mtime=0)
    return packed[:3] + b"\x08" + packed[4:10] + octets(name) + b"\0" + packed[10:] if name else packed


def bz(content) -> bytes:
    return bz2.compress(content)


def xz(content, dictionary=1 << 16) -> bytes:
    return lzma.compress(content, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": dictionary}])


def lzma_alone(content, dictionary=1 << 16) -> bytes:
    return lzma.compress(content, lzma.FORMAT_ALONE,
                         filters=[{"id": lzma.FILTER_LZMA1, "dict_size": dictionary}])


def lz(content) -> bytes:
    """Lzip: a header, the stream of LZMA with its end marker, CRC and sizes."""
    stream = lzma_alone(content)[13:]
    head = b"LZIP\1\x10"
    return head + stream + struct.pack("<IQQ", zlib.crc32(content), len(content), len(stream) + 26)


def zst(content, skippable=False) -> bytes:
    """Frames of raw blocks (RFC 8878)."""
    front = b"\x50\x2a\x4d\x18" + struct.pack("<I", 4) + b"skip" if skippable else b""
    out = front + b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content))
    for at in range(0, len(content), 65536):
        piece = content[at:at + 65536]
        last = at + 65536 >= len(content)
        out += struct.pack("<I", len(piece) << 3 | last)[:3] + piece
    return out


def xxh32(content: bytes) -> int:
    """Of fewer than 16 octets, which is all that a header has."""
    mask, value, at = 0xFFFFFFFF, 374761393 + len(content), 0
    while at + 4 <= len(content):
        value = (value + int.from_bytes(content[at:at + 4], "little") * 3266489917) & mask
        value = (value << 17 | value >> 15) * 668265263 & mask
        at += 4
    for octet in content[at:]:
        value = (value + octet * 374761393) & mask
        value = ((value << 11 | value >> 21) & mask) * 2654435761 & mask
    for shift, factor in ((15, 2246822519), (13, 3266489917), (16, 1)):
        value = (value ^ value >> shift) * factor & mask
    return value


def lz4(content) -> bytes:
    """One frame of blocks that are not packed."""
    flags = b"\x60\x70"
    out = b"\x04\x22\x4d\x18" + flags + bytes((xxh32(flags) >> 8 & 255,))
    for at in range(0, len(content), 1 << 20):
        piece = content[at:at + (1 << 20)]
        out += struct.pack("<I", len(piece) | 0x80000000) + piece
    return out + bytes(4)


def compress_z(content) -> bytes:
    """compress(1) with codes of nine bits: cleared before they would grow."""
    codes = []
    for at in range(0, len(content), 254):
        codes += [*content[at:at + 254]]
        if at + 254 < len(content):  # codes come in groups of eight; what follows 256 is skipped
            codes += [256] + [0] * (-len(codes) % 8 - 1)
    bits = "".join(format(code, "09b")[::-1] for code in codes)
    bits += "0" * (-len(bits) % 8)
    return b"\x1f\x9d\x90" + bytes(int(bits[at:at + 8][::-1], 2) for at in range(0, len(bits), 8))


# Cabinets, ARJ, LHA.

def cab_of(*members, folders_method=0, flags=0) -> bytes:
    content = b"".join(each for _, each in members)
    blocks = [content[at:at + 32768] for at in range(0, len(content), 32768)] or [b""]
    entries, offset = b"", 0
    for name, each in members:
        entries += struct.pack("<IIHHHH", len(each), offset, 0, 0x5A62, 0, 0x20) + octets(name) + b"\0"
        offset += len(each)
    blocks = b"".join(struct.pack("<IHH", 0, len(block), len(block)) + block for block in blocks)
    start = 36 + 8 + len(entries)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, start + len(blocks), 0, 44, 0, 3, 1, 1,
                       len(members), flags, 1, 0)
    folder = struct.pack("<IHH", start, -(-len(content) // 32768) or 1, folders_method)
    return head + folder + entries + blocks


def arj_of(*members, encrypted=False) -> bytes:
    def header(kind, name, size, crc, method=0):
        flags = 1 if encrypted and kind == 0 else 0
        fixed = struct.pack("<BBBBBBBBIIIIHHH", 30, 11, 1, 0, flags, method, kind, 0, 0x5A620000, size,
                            size, crc, 0, 0x20, 0)
        basic = fixed + octets(name) + b"\0" + b"\0"
        return b"\x60\xea" + struct.pack("<H", len(basic)) + basic + struct.pack(
            "<IH", zlib.crc32(basic), 0)

    out = header(2, "papers.arj", 0, 0, 2)
    for name, content in members:
        out += header(0, name, len(content), zlib.crc32(content)) + content
    return out + b"\x60\xea\0\0"


def crc16(content: bytes) -> int:
    value = 0
    for octet in content:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def lha_of(*members, method=b"-lh0-") -> bytes:
    out = b""
    for name, content in members:
        name = octets(name)
        rest = method + struct.pack("<IIIBB", len(content), len(content), 0x5A620000, 0x20, 0) + bytes(
            (len(name),)) + name + struct.pack("<H", crc16(content))
        out += bytes((len(rest), sum(rest) & 255)) + rest + content
    return out + b"\0"


# RAR: marker, header blocks, stored content.

RAR4, RAR5 = b"Rar!\x1a\7\0", b"Rar!\x1a\7\1\0"


def rar4_block(kind, flags, fields, content=b"") -> bytes:
    rest = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest + content


def rar4_of(*members, encrypted=False, hidden_names=False, volume=False, before=b"") -> bytes:
    main = 0x80 if hidden_names else 0
    main |= 0x101 if volume else 0
    out = before + RAR4 + rar4_block(0x73, main, bytes(6))
    if hidden_names:
        return out + bytes(range(8)) + b"\x9c\x5e\x11\x37" * 64
    for name, content in members:
        name = octets(name)
        flags = 0x8000 | (0x404 if encrypted else 0) | (2 if volume else 0)
        salt = bytes(8) if encrypted else b""
        packed = content[::-1].ljust(-(-len(content) // 16) * 16, b"\0") if encrypted else content
        fields = struct.pack("<IIBIIBBHI", len(packed), len(content), 2, zlib.crc32(content),
                             0x5A620000, 29, 0x30, len(name), 0x20) + name + salt
        out += rar4_block(0x74, flags, fields, packed)
    return out + rar4_block(0x7B, 0x4000, b"")


def vint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes((number & 127 | 128,))
        number >>= 7
    return out + bytes((number,))


def rar5_block(kind, flags, fields, content=b"", extra=b"") -> bytes:
    flags |= (1 if extra else 0) | (2 if content else 0)
    rest = vint(kind) + vint(flags) + (vint(len(extra)) if extra else b"") + (
        vint(len(content)) if content else b"") + fields + extra
    sized = vint(len(rest)) + rest
    return struct.pack("<I", zlib.crc32(sized)) + sized + content


def rar5_of(*members, encrypted=False, hidden_names=False, volume=False, before=b"") -> bytes:
    out = before + RAR5
    if hidden_names:
        keys = vint(0) + vint(0) + bytes((15,)) + bytes(range(16))
        return out + rar5_block(4, 0, keys) + bytes(range(16)) + b"\x9c\x5e\x11\x37" * 64
    out += rar5_block(1, 0, vint(1 if volume else 0))
    for name, content in members:
        name, extra = octets(name), b""
        if encrypted:
            record = vint(1) + vint(0) + vint(0) + bytes((15,)) + bytes(range(32))
            extra = vint(len(record)) + record
            content = content.ljust(-(-len(content) // 16) * 16, b"\0")[::-1]
        fields = vint(4) + vint(len(content)) + vint(0x20) + struct.pack("<I", zlib.crc32(content)) + (
            vint(0) + vint(0) + vint(len(name)) + name)
        out += rar5_block(2, 0x10 if volume else 0, fields, content, extra)
    return out + rar5_block(5, 0, vint(1 if volume else 0))


# 7z: everything stored (7zFormat.txt).

COPY, AES7, LZMA2 = b"\0", b"\6\xf1\7\1", b"\x21"


def number7(value: int) -> bytes:
    for extra in range(8):
        if value < 1 << 7 * (extra + 1):
            high = value >> 8 * extra
            return bytes((0xFF00 >> extra & 0xFF | high,)) + value.to_bytes(8, "little")[:extra]
    return b"\xff" + value.to_bytes(8, "little")


def coder7(method: bytes, properties=b"") -> bytes:
    return bytes((len(method) | (0x20 if properties else 0),)) + method + (
        number7(len(properties)) + properties if properties else b"")


def streams7(offset, packed_size, size, coder, crc=b"") -> bytes:
    """PackInfo and UnpackInfo of one folder."""
    return (b"\x06" + number7(offset) + b"\1\x09" + number7(packed_size) + b"\0"
            + b"\x07\x0b\1\0\1" + coder + b"\x0c" + number7(size) + (b"\x0a\1" + crc if crc else b"")
            + b"\0")


def seven_of(*members, method=COPY, hidden_names=False, packed=None, properties=b"") -> bytes:
    content = b"".join(each for _, each in members)
    stored = content if packed is None else packed
    if method == AES7:
        properties = b"\x13\0"
        stored = content[::-1].ljust(-(-len(content) // 16) * 16, b"\0")
    names = b"\0" + b"".join(name.encode("utf-16-le") + b"\0\0" for name, _ in members)
    sizes = b"".join(number7(len(each)) for _, each in members[:-1])
    crcs = b"".join(struct.pack("<I", zlib.crc32(each)) for _, each in members)
    sub = b"\x08\x0d" + number7(len(members)) + (b"\x09" + sizes if sizes else b"") + b"\x0a\1" + crcs + b"\0"
    header = (b"\1\x04" + streams7(0, len(stored), len(content), coder7(method, properties)) + sub + b"\0"
              + b"\5" + number7(len(members)) + b"\x11" + number7(len(names)) + names + b"\0\0")
    if hidden_names:
        sealed = header[::-1].ljust(-(-len(header) // 16) * 16, b"\0")
        header = b"\x17" + streams7(len(stored), len(sealed), len(header), coder7(AES7, b"\x13\0"),
                                    struct.pack("<I", zlib.crc32(header))) + b"\0"
        stored += sealed
    start = struct.pack("<QQI", len(stored), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + stored + header


# Disk images.

def both(number: int, form: str) -> bytes:
    return struct.pack("<" + form, number) + struct.pack(">" + form, number)


def iso_record(name: bytes, sector: int, size: int, folder=False) -> bytes:
    fixed = both(sector, "I") + both(size, "I") + bytes((125, 3, 2, 0, 0, 0, 0, 2 if folder else 0, 0,
                                                         0)) + both(1, "H") + bytes((len(name),)) + name
    fixed += bytes((len(fixed)) % 2)
    return bytes((len(fixed) + 2, 0)) + fixed


def iso_of(*members, joliet=False) -> bytes:
    """ISO 9660; with Joliet's names in a second directory where wanted."""
    sectors, where = b"", []
    for name, content in members:
        where.append((name, 24 + len(sectors) // 2048, len(content)))
        sectors += content + bytes(-len(content) % 2048)

    def directory(sector, form):
        own = iso_record(b"\0", sector, 2048, True) + iso_record(b"\1", sector, 2048, True)
        return (own + b"".join(iso_record(form(name), start, size)
                               for name, start, size in where)).ljust(2048, b"\0")

    def descriptor(kind, sector, escape=b""):
        size = 24 + len(sectors) // 2048
        made = bytes((kind,)) + b"CD001\1\0" + b" " * 32 + b"PAPERS".ljust(32) + bytes(8)
        made += both(size, "I") + escape.ljust(32, b"\0") + both(1, "H") * 2 + both(2048, "H")
        made += both(10, "I") + struct.pack("<II", 19, 0) + struct.pack(">II", 19, 0)
        made += iso_record(b"\0", sector, 2048, True)
        return made.ljust(881, b" ").ljust(882, b"\1").ljust(2048, b"\0")

    table = struct.pack("<BBIHBB", 1, 0, 21, 1, 0, 0).ljust(2048, b"\0")
    volumes = descriptor(1, 21) + (descriptor(2, 22, b"%/E") if joliet else b"")
    volumes += (b"\xffCD001\1").ljust(2048, b"\0")
    volumes = volumes.ljust(3 * 2048, b"\0")
    plain = directory(21, lambda name: octets(name.upper()) + b";1")
    second = directory(22, lambda name: name.encode("utf-16-be"))
    return bytes(16 * 2048) + volumes + table + bytes(2048) + plain + second + bytes(2048) + sectors


def mbr_image(content=b"") -> bytes:
    """A disk with one FAT partition, as .img is."""
    entry = bytes((0x80, 1, 1, 0, 0x0E, 254, 63, 0)) + struct.pack("<II", 1, 64)
    boot = (b"\xeb\x3c\x90MSDOS5.0" + struct.pack("<HBHBHHBHHHII", 512, 1, 1, 2, 16, 64, 0xF8, 1, 1, 1, 0,
                                                0) + b"\x80\0\x29abcdPAPERS     FAT12   ")
    return bytes(446) + entry + bytes(48) + b"\x55\xaa" + boot.ljust(510, b"\0") + b"\x55\xaa" + content


# Bombs, small enough for a corpus.

def zeros_gz(megabytes: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, compresslevel=9) as packed:
        for _ in range(megabytes):
            packed.write(bytes(1 << 20))
    return out.getvalue()


def damaged(archive: bytes, at: float = 0.5, count: int = 4) -> bytes:
    where = int(len(archive) * at)
    changed = bytes(octet ^ 0x55 for octet in archive[where:where + count])
    return archive[:where] + changed + archive[where + count:]


def crc_of(content: bytes) -> int:
    return binascii.crc32(content)


def old_tar(name: str, content: bytes) -> bytes:
    """Of before POSIX: no mark but a checksum."""
    head = octets(name).ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(
        content) + b"14761230340\0"
    total = sum(head) + 8 * 32
    head = (head + b"%06o\0 " % total).ljust(512, b"\0")
    return head + content + bytes(-len(content) % 512) + bytes(1024)


def xz_dictionary(content: bytes, code: int) -> bytes:
    """The size of the dictionary that the stream asks for, changed to another: 38 is 3 GB."""
    packed = bytearray(xz(content))
    size = (packed[12] + 1) * 4
    packed[12 + 4] = code  # size, flags, filter, length of its properties, properties
    packed[12 + size - 4:12 + size] = struct.pack("<I", zlib.crc32(packed[12:12 + size - 4]))
    return bytes(packed)
