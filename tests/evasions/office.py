"""Documents of newer Office and OpenDocument, RTF, OneNote, winmail.dat."""

import struct

from ole import cfb, class_id
from zips import Member, zip_of

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD_XML = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET_XML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = {"docx": ("word/document.xml", "wordprocessingml.document.main"),
        "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main"),
        "pptx": ("ppt/presentation.xml", "presentationml.presentation.main")}
MACRO_MAIN = {"docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
              "xlsm": ("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
              "pptm": ("ppt/presentation.xml",
                       "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"),
              "xlsb": ("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
              "dotm": ("word/document.xml", "application/vnd.ms-word.template.macroEnabledTemplate.main+xml")}
BODY = {"docx": f'<w:document xmlns:w="{WORD_XML}"><w:body>%s<w:p><w:r><w:t>Papers</w:t></w:r></w:p>'
                "</w:body></w:document>",
        "xlsx": f'<workbook xmlns="{SHEET_XML}" xmlns:r="{RELATION}"><sheets><sheet name="S" sheetId="1" '
                'r:id="rId1"/></sheets>%s</workbook>',
        "pptx": '<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">%s'
                "</p:presentation>"}
SHEET = f'<worksheet xmlns="{SHEET_XML}"><sheetData>%s</sheetData></worksheet>'


def relation(number, kind, target, outside=False) -> str:
    mode = ' TargetMode="External"' if outside else ""
    kind = kind if "://" in kind else f"{RELATION}/{kind}"
    return f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"{mode}/>'


def relations(*rows) -> bytes:
    return (f'{HEAD}<Relationships xmlns="{PACKAGE_RELATIONS}">' + "".join(rows)
            + "</Relationships>").encode()


def content_types(main, kind, more="") -> bytes:
    return (f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
            '+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
            f'<Override PartName="/{main}" ContentType="{kind}"/>{more}</Types>').encode()


def ooxml(kind="docx", *members, body="", links=(), kind_as="", more_types="", order=None, **options):
    """members: (name, content) beside the usual ones. links: of the main part. kind_as: whose content
    type it has, "docm" say."""
    if kind_as:
        main, content_type = MACRO_MAIN[kind_as]
    else:
        main, content_type = MAIN[kind]
        content_type = f"application/vnd.openxmlformats-officedocument.{content_type}+xml"
    folder, _, name = main.rpartition("/")
    links = list(links)
    usual = [("[Content_Types].xml", content_types(main, content_type, more_types)),
             ("_rels/.rels", relations(relation(1, "officeDocument", main))),
             (main, (HEAD + BODY[kind] % body).encode())]
    if kind == "xlsx":
        links.insert(0, relation(1, "worksheet", "worksheets/sheet1.xml"))
        if not any(each[0] == "xl/worksheets/sheet1.xml" for each in members):
            usual.append(("xl/worksheets/sheet1.xml", (HEAD + SHEET % "").encode()))
    usual.append((f"{folder}/_rels/{name}.rels", relations(*links)))
    made = [*usual, *members]
    return zip_of(*(order(made) if order else made), **options)


def odf(kind="text", *members, content="", mark=True):
    """An OpenDocument file."""
    media = f"application/vnd.oasis.opendocument.{kind}"
    body = (f'{HEAD}<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office'
            f':1.0"><office:body>{content}</office:body></office:document-content>').encode()
    manifest = (f'{HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest'
                f':1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
                "</manifest:manifest>").encode()
    first = (Member("mimetype", media.encode(), 0),) if mark else ()
    return zip_of(*first, ("content.xml", body), ("META-INF/manifest.xml", manifest), *members)


# RTF.

def rtf(inner="", start="{\\rtf1\\ansi") -> bytes:
    return f"{start} Papers.\\par\r\n{inner}}}\r\n".encode("latin-1")


def object_hex(kind: str, content: bytes) -> str:
    """An OLE 1 object ([MS-OLEDS] 2.2.5)."""
    name = kind.encode() + b"\0"
    raw = struct.pack("<III", 0x501, 2, len(name)) + name + bytes(8) + struct.pack(
        "<I", len(content)) + content
    return raw.hex()


def rtf_object(content: bytes, kind="Package", split="", word="\\objdata ", start="{\\rtf1\\ansi"):
    digits = object_hex(kind, content)
    if split:
        digits = split.join(digits[at:at + 2] for at in range(0, len(digits), 2))
    return rtf("{\\object\\objemb\\objupdate{\\*\\objclass " + kind + "}{\\*" + word + digits + "}}", start)


# OneNote.

def guid(text: str) -> bytes:
    return class_id(text)


def onenote(*contents, kind="7b5c52e4-d88c-4da7-aeb1-5378d02996d3") -> bytes:
    out = guid(kind) + guid("109add3f-911b-49f5-a5d0-1791edc8aed8") + bytes(992)
    for content in contents:
        out += guid("bde316e7-2665-4511-a4c4-8d4d0b7a9eac") + struct.pack("<QIQ", len(content), 0, 0)
        out += content + bytes(-len(content) % 8) + guid("71fba722-0f79-4a0b-bb13-899256426b24")
    return out


# TNEF ([MS-OXTNEF]).

def attribute(level: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(content)) + content + struct.pack(
        "<H", sum(content) & 0xFFFF)


def mapi(*rows) -> bytes:
    """Rows of (type, id, content); of strings and binaries."""
    out = struct.pack("<I", len(rows))
    for kind, number, content in rows:
        out += struct.pack("<HH", kind, number)
        if kind == 3:
            out += struct.pack("<I", content)
            continue
        if kind == 0x1F:
            content = content.encode("utf-16-le") + b"\0\0"
        elif kind == 0x1E:
            content = content.encode("latin-1") + b"\0"
        out += struct.pack("<II", 1, len(content)) + content + bytes(-len(content) % 4)
    return out


def tnef_attachment(name, content, long_name="", title=True, in_mapi=False, method=1) -> bytes:
    out = attribute(2, 0x00069002, struct.pack("<HIHHI", method, 0xFFFFFFFF, 0, 0, 0))
    if not in_mapi:
        out += attribute(2, 0x0006800F, content)
    if title:
        out += attribute(2, 0x00018010, name.encode("latin-1") + b"\0")
    rows = [(0x1F, 0x3707, long_name)] if long_name else []
    if in_mapi:
        marker = bytes.fromhex("0703020000000000c000000000000046") if method == 5 else b""
        rows.append((0x0D if marker else 0x102, 0x3701, marker + content))
    return out + (attribute(2, 0x00069005, mapi(*rows)) if rows else b"")


def tnef(*attachments, message_class="IPM.Microsoft Mail.Note", more=b"") -> bytes:
    head = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    head += attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    head += attribute(1, 0x00078008, message_class.encode() + b"\0")
    return head + more + b"".join(attachments)


def thumbs() -> bytes:
    """A compound file of no document."""
    return cfb({"Catalog": bytes(100)})


def odf_sealed() -> bytes:
    """With a password: each member is noise, the manifest says how to turn it back."""
    manifest = (f'{HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest'
                ':1.0"><manifest:file-entry manifest:full-path="content.xml" manifest:media-type='
                '"text/xml" manifest:size="500"><manifest:encryption-data manifest:checksum-type='
                '"SHA256"/></manifest:file-entry></manifest:manifest>').encode()
    return zip_of(Member("mimetype", b"application/vnd.oasis.opendocument.text", 0),
                  Member("content.xml", bytes(range(256)) * 2, 0), ("META-INF/manifest.xml", manifest))
