"""Compound files ([MS-CFB]) and what Office keeps in them: macros ([MS-OVBA]), sheets of macros,
packages, passwords. As small as other programs still read them."""

import struct

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, LAST, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
WORD = "00020906-0000-0000-c000-000000000046"
EXCEL = "00020820-0000-0000-c000-000000000046"
POWERPOINT = "64818d10-4f9b-11cf-86ea-00aa00b929e8"
INSTALLER = "000c1084-0000-0000-c000-000000000046"
PACKAGE = "0003000c-0000-0000-c000-000000000046"
FORM = "c62a69f0-16dc-11ce-9e98-00aa00574a4f"


def class_id(text: str) -> bytes:
    first, second, third, fourth, fifth = text.split("-")
    return struct.pack("<IHH", int(first, 16), int(second, 16), int(third, 16)) + bytes.fromhex(
        fourth + fifth)


class Entry:
    def __init__(self, name, kind, content=b"", clsid=""):
        self.name, self.kind, self.content, self.clsid = name, kind, content, clsid
        self.children, self.child, self.right, self.start = [], FREE, FREE, LAST


class Writer:
    """Streams by path: {"Macros/VBA/dir": b"..."}; storages come by themselves."""

    def __init__(self, streams, clsid=""):
        self.entries = [Entry("Root Entry", 5, clsid=clsid)]
        self.folders = {"": 0}
        self.fat, self.sectors = [], bytearray()
        for path, content in streams.items():
            self.add(path, content)

    def folder(self, path) -> int:
        if path not in self.folders:
            above, _, name = path.rpartition("/")
            self.folders[path] = self.append(self.folder(above), Entry(name, 1))
        return self.folders[path]

    def append(self, parent, entry) -> int:
        self.entries.append(entry)
        self.entries[parent].children.append(len(self.entries) - 1)
        return len(self.entries) - 1

    def add(self, path, content):
        above, _, name = path.rpartition("/")
        self.append(self.folder(above), Entry(name, 2, content))

    def chain(self, content) -> int:
        """Puts it into sectors; the first one's number."""
        count = -(-len(content) // SECTOR)
        if not count:
            return LAST
        first = len(self.fat)
        self.fat += [*range(first + 1, first + count), LAST]
        self.sectors += content.ljust(count * SECTOR, b"\0")
        return first

    def bytes(self) -> bytes:
        mini, mini_fat = bytearray(), []
        for entry in self.entries[1:]:
            if entry.kind != 2 or not entry.content:
                continue
            if len(entry.content) >= CUTOFF:
                entry.start = self.chain(entry.content)
                continue
            count = -(-len(entry.content) // MINI)
            entry.start = len(mini_fat)
            mini_fat += [*range(entry.start + 1, entry.start + count), LAST]
            mini += entry.content.ljust(count * MINI, b"\0")
        root = self.entries[0]
        root.start, root.content = self.chain(bytes(mini)), bytes(mini)
        mini_start = self.chain(struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(
            -(-len(mini_fat) // 128) * SECTOR, b"\xff"))
        directory = self.chain(self.directory())
        return self.finish(directory, mini_start, -(-len(mini_fat) // 128))

    def directory(self) -> bytes:
        for entry in self.entries:
            order = sorted(entry.children, key=lambda at: (len(self.entries[at].name),
                                                           self.entries[at].name.upper()))
            for this, following in zip(order, order[1:] + [FREE]):
                self.entries[this].right = following
            entry.child = order[0] if order else FREE
        made = b"".join(map(self.directory_entry, self.entries))
        empty = bytes(66) + b"\0\0" + struct.pack("<III", FREE, FREE, FREE) + bytes(48)
        return made + empty * (-len(self.entries) % 4)

    @staticmethod
    def directory_entry(entry) -> bytes:
        name = entry.name.encode("utf-16-le") + b"\0\0"
        clsid = class_id(entry.clsid) if entry.clsid else bytes(16)
        return (name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name), entry.kind, 1, FREE,
                                                    entry.right, entry.child) + clsid + bytes(20)
                + struct.pack("<IQ", entry.start if entry.kind != 1 else 0, len(entry.content)))

    def finish(self, directory, mini_start, mini_count) -> bytes:
        count = 1
        while count * 128 < len(self.fat) + count:
            count += 1
        where = list(range(len(self.fat), len(self.fat) + count))
        table = self.fat + [FAT] * count
        table += [FREE] * (count * 128 - len(table))
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
            "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory, 0, CUTOFF,
            mini_start if mini_count else LAST, mini_count, LAST, 0)
        head += struct.pack("<109I", *where, *[FREE] * (109 - count))
        return head + bytes(self.sectors) + struct.pack(f"<{len(table)}I", *table)


def cfb(streams, clsid="") -> bytes:
    return Writer(streams, clsid).bytes()


# Macros.

def squeeze(content: bytes) -> bytes:
    """The form of [MS-OVBA] 2.4.1, nothing but literals."""
    out = b"\1"
    for at in range(0, len(content), 3600):
        piece = content[at:at + 3600]
        tokens = b"".join(b"\0" + piece[of:of + 8] for of in range(0, len(piece), 8))
        out += struct.pack("<H", (len(tokens) - 1) | 0xB000) + tokens
    return out


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HI", kind, len(content)) + content


AUTO = 'Sub AutoOpen()\r\n  Shell "cmd.exe /c rem"\r\nEnd Sub\r\n'
AUTO_SHEET = 'Sub Workbook_Open()\r\n  Shell "cmd.exe /c rem"\r\nEnd Sub\r\n'
QUIET = "Function Twice(x)\r\n  Twice = 2 * x\r\nEnd Function\r\n"


def vba(code: str, module="ThisDocument", above="Macros") -> dict[str, bytes]:
    """The streams of a project of one module."""
    source = f'Attribute VB_Name = "{module}"\r\n{code}'.encode()
    name = module.encode()
    listing = (record(1, struct.pack("<I", 1)) + record(2, struct.pack("<I", 0x409))
               + record(0x14, struct.pack("<I", 0x409)) + record(3, struct.pack("<H", 1252))
               + record(4, b"Project") + record(5, b"") + record(0x40, b"") + record(6, b"")
               + record(0x3D, b"") + record(7, bytes(4)) + record(8, bytes(4))
               + struct.pack("<HIIH", 9, 4, 1, 1) + record(0x0C, b"") + record(0x3C, b"")
               + record(0x0F, struct.pack("<H", 1)) + record(0x13, b"\xff\xff") + record(0x19, name)
               + record(0x1A, name) + record(0x32, module.encode("utf-16-le")) + record(0x1C, b"")
               + record(0x48, b"") + record(0x31, struct.pack("<I", 0))
               + record(0x1E, bytes(4)) + record(0x2C, b"\xff\xff") + record(0x21, b"")
               + record(0x2B, b"") + record(0x10, b""))
    folder = f"{above}/" if above else ""
    return {f"{folder}VBA/dir": squeeze(listing), f"{folder}VBA/{module}": squeeze(source),
            f"{folder}VBA/_VBA_PROJECT": b"\xcc\x61\xff\xff\0\0\0",
            f"{folder}PROJECT": f'ID="{{0}}"\r\nDocument={module}/&H00000000\r\n'.encode()}


def vba_project(code: str, module="ThisDocument") -> bytes:
    """vbaProject.bin of the newer formats."""
    return cfb(vba(code, module, ""))


# Documents to 2003.

def word_stream(encrypted=False) -> bytes:
    flags = 0x0100 if encrypted else 0
    return (struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x409, 0, flags | 0x1200) + bytes(500)).ljust(
        4096, b"\0")


def doc(more=None, encrypted=False) -> bytes:
    return cfb({"WordDocument": word_stream(encrypted), "1Table": bytes(4096), **(more or {})}, WORD)


def biff(kind: int, content=b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def sheet_name(name: str, kind: int, hidden: int, at=0) -> bytes:
    return biff(0x85, struct.pack("<IBB", at, hidden, kind) + bytes((len(name), 0)) + name.encode())


def xls(more=None, macro_sheet=False, encrypted=False, name="Auto_Open", hidden=0) -> bytes:
    book = biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0x1F0F, 0x7CC, 0, 6))
    if encrypted:
        book += biff(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(range(48)))
    book += sheet_name("Sheet1", 0, 0)
    if macro_sheet:
        book += sheet_name("Macro1", 1, hidden)
        builtin = name == "Auto_Open"
        text = b"\1" if builtin else name.encode()
        book += biff(0x18, struct.pack("<HBBHHHBBBB", 0x20 if builtin else 0, 0, len(text), 7, 0, 1, 0, 0,
                                       0, 0) + b"\0" + text + b"\x3a\0\0\0\0\0\0")
    book += biff(0x0A)
    book += biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x1F0F, 0x7CC, 0, 6)) + biff(0x0A)
    return cfb({"Workbook": book.ljust(4096, b"\0"), **(more or {})}, EXCEL)


def xls_name(text=b"") -> bytes:
    """A workbook whose cell asks another program: DDE in a SUPBOOK record."""
    link = b"cmd\x03/c rem" + text
    book = (biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0x1F0F, 0x7CC, 0, 6)) + sheet_name("S", 0, 0)
            + biff(0x1AE, struct.pack("<HHB", 0, len(link), 0) + link)
            + biff(0x23, struct.pack("<HHHBB", 0x18, 0, 0, 1, 0) + b"a") + biff(0x0A))
    return cfb({"Workbook": book.ljust(4096, b"\0")}, EXCEL)


def ppt(more=None) -> bytes:
    return cfb({"PowerPoint Document": bytes(4096), "Current User": bytes(64), **(more or {})},
               POWERPOINT)


def ole_native(name: str, content: bytes) -> bytes:
    """The stream of a package: a file that a double click opens."""
    text = name.encode()
    body = (struct.pack("<H", 2) + text + b"\0" + b"C:\\" + text + b"\0" + struct.pack("<HHI", 0, 3,
            len(text) + 4) + b"C:\\" + text + b"\0" + struct.pack("<I", len(content)) + content)
    return struct.pack("<I", len(body)) + body


def package(name: str, content: bytes) -> bytes:
    """An object of its own, as newer documents embed it."""
    return cfb({"\1Ole10Native": ole_native(name, content), "\1CompObj": bytes(64)}, PACKAGE)


def sealed_office() -> bytes:
    """A newer document with a password ([MS-OFFCRYPTO])."""
    sheet = (b'<?xml version="1.0"?><encryption xmlns="http://schemas.microsoft.com/office/2006/'
             b'encryption"><keyData saltSize="16"/></encryption>')
    return cfb({"EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40) + sheet,
                "EncryptedPackage": struct.pack("<Q", 5000) + bytes(range(256)) * 20,
                "\6DataSpaces/Version": bytes(76)})


def msi() -> bytes:
    return cfb({"\u4840\u3f3f\u4577\u446c\u3e6a\u44b2\u482f": bytes(100), "\5SummaryInformation": bytes(
        256)}, INSTALLER)


def msg(name: str, content: bytes) -> bytes:
    """A message as Outlook saves it, with one attachment."""
    at = "__attach_version1.0_#00000000/"
    return cfb({"__properties_version1.0": bytes(64),
                "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
                "__substg1.0_0037001F": "Papers".encode("utf-16-le"),
                at + "__properties_version1.0": bytes(40), at + "__substg1.0_37010102": content,
                at + "__substg1.0_3707001F": name.encode("utf-16-le"),
                at + "__substg1.0_3704001F": name[:8].encode("utf-16-le")})
