"""Files as people send them: small, and right in their format."""

import struct
import sys
import wave
import io
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "evasions"))

from archives import gz, seven_of, tar_of  # noqa: E402  (found through the path above)
from files import GIF, JPEG, PNG, lines_of, noise  # noqa: E402
from office import HEAD, odf, ooxml, relation  # noqa: E402
from ole import doc, ppt, xls, msg  # noqa: E402
from pages import NAMES, embedded, html, pdf, pdf_for_anyone, stream, svg  # noqa: E402
from zips import DESCRIPTOR, UTF8, Member, zip_of, zip64_of  # noqa: E402

PLAIN_PDF = pdf()
SCAN_PDF = pdf(stream(JPEG + noise(4000), b"/Type/XObject/Subtype/Image/Filter/DCTDecode", False))
LINK_PDF = pdf(b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://shop.example/)>>>>")
FORM_PDF = pdf(b"<</FT/Tx/T(Name)/V(Bob)>>", catalog=b"/AcroForm<</Fields[5 0 R]>>")
SIGNED_PDF = pdf(b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/Contents<%s>>>" %
                 (b"30" * 200), catalog=b"/AcroForm<</SigFlags 3/Fields[5 0 R]>>")
INVOICE_XML = b'<?xml version="1.0"?><rsm:CrossIndustryInvoice xmlns:rsm="urn:a"></rsm:CrossIndustryInvoice>'
INVOICE_PDF = pdf(*embedded(b"factur-x.xml", INVOICE_XML), catalog=NAMES + b"/AF[5 0 R]")
FORBIDDEN_PDF = pdf_for_anyone(*embedded(b"factur-x.xml", INVOICE_XML), catalog=NAMES + b"/AF[5 0 R]")
CLEAR_PDF = pdf_for_anyone(*embedded(b"factur-x.xml", INVOICE_XML), catalog=NAMES, locks=False,
                           says=b"/V 4/R 4/StmF/Identity/StrF/Identity")
TEXT_ABOUT_PDF = pdf(stream(b"BT (How to disable JavaScript and Launch actions) Tj ET"))
OUTLINE_PDF = pdf(b"<</Title(Contents)/A<</S/GoTo/D[3 0 R/Fit]>>>>", catalog=b"/OpenAction[3 0 R/Fit]")
DOCX = ooxml("docx")
LINK_DOCX = ooxml("docx", links=[relation(5, "hyperlink", "https://shop.example/", True)])
PICTURE_DOCX = ooxml("docx", ("word/media/image1.png", PNG), ("word/media/image2.jpeg", JPEG),
                     links=[relation(5, "image", "media/image1.png")])
CHART_DOCX = ooxml("docx", ("word/embeddings/Microsoft_Excel_Sheet1.xlsx", ooxml("xlsx")),
                   links=[relation(5, "package", "embeddings/Microsoft_Excel_Sheet1.xlsx")])
LOCAL_TEMPLATE_DOCX = ooxml("docx", ("docProps/app.xml", (
    HEAD + "<Properties><Template>Normal.dotm</Template></Properties>").encode()))
FIELD_DOCX = ooxml("docx", body='<w:p><w:fldSimple w:instr=" PAGE \\* MERGEFORMAT "/></w:p>')
XLSX = ooxml("xlsx")
LINKED_XLSX = ooxml("xlsx", ("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
                    ("xl/externalLinks/_rels/externalLink1.xml.rels", b"<Relationships/>"))
PRINTER_XLSX = ooxml("xlsx", ("xl/printerSettings/printerSettings1.bin", bytes(300)))
PPTX = ooxml("pptx", ("ppt/media/image1.png", PNG))
ODT, ODS, ODP = odf("text"), odf("spreadsheet"), odf("presentation")
DOC, XLS, PPT = doc(), xls(), ppt()
RTF = b"{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}{\\pict\\pngblip " + PNG.hex().encode() + b"}Hello\\par}\r\n"
PHOTO_ZIP = zip_of(*[(f"IMG_{number:04}.JPG", JPEG + noise(2000, number)) for number in range(6)])
MAC_ZIP = zip_of(("Papers/", b""), ("Papers/a.pdf", PLAIN_PDF), ("__MACOSX/Papers/._a.pdf", b"\0\5\x16\7"),
                 ("Papers/.DS_Store", b"\0\0\0\1Bud1"))
STREAMED_ZIP = zip_of(Member("a.txt", b"hello", flags=DESCRIPTOR), Member("b.txt", b"you", flags=DESCRIPTOR))
UMLAUT_ZIP = zip_of(Member("Übersicht März.pdf", PLAIN_PDF, flags=UTF8))
DOS_NAME_ZIP = zip_of((b"\x9abersicht.pdf", PLAIN_PDF))
LARGE_FORM_ZIP = zip64_of(("a.txt", b"hello"))
NESTED_ZIP = zip_of(("2025.zip", zip_of(("a.pdf", PLAIN_PDF))), ("2026.zip", zip_of(("a.pdf", PLAIN_PDF))))
SOURCE_TGZ = gz(tar_of(("papers-1.0/main.c", b"int main(void) { return 0; }\n"),
                       ("papers-1.0/Makefile", b"all:\n\tcc main.c\n"), ("papers-1.0/README", b"Papers\n")))
SEVEN = seven_of(("a.txt", b"hello"), ("b.pdf", PLAIN_PDF))
EPUB = zip_of(Member("mimetype", b"application/epub+zip", 0), ("META-INF/container.xml", b"<container/>"),
              ("a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'><body>Hello</body></html>"))
KMZ = zip_of(("doc.kml", b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>'))
PAGES = zip_of(("Index/Document.iwa", noise(300)), ("preview.jpg", JPEG), ("Metadata/Properties.plist", b"bplist00"))
CSV = b"Name,Amount\r\nBob,12.50\r\nCarol,-3\r\n"
JSON = b'{"name": "Bob", "amount": 12.5}\n'
LOG = b"".join(b"2026-03-02T10:00:%02d host app[1]: all is well\n" % second for second in range(60))
LOGO = svg("<title>Logo</title><path d='M0 0L9 9'/>")
TICKET = html("<h1>Your ticket</h1><table><tr><td>Seat 12</td></tr></table>",
              "<style>td{color:#333}</style>")
GPX = b'<?xml version="1.0"?><gpx version="1.1"><wpt lat="1" lon="2"/></gpx>\n'
TIFF = b"II*\0\x08\0\0\0\1\0\0\1\3\0\1\0\0\0\1\0\0\0" + bytes(200)
WEBP = b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8 " + bytes(28)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x08free" + noise(900)
M4A = b"\0\0\0\x18ftypM4A \0\0\0\0isommp42" + noise(600)
MP3 = b"ID3\3\0\0\0\0\0\0" + b"\xff\xfb\x90\x64" + noise(1500)
OGG = b"OggS\0\2" + bytes(22) + b"\1\x1e\1vorbis" + noise(500)
AMR = b"#!AMR\n" + noise(500)
PSD = b"8BPS\0\1" + bytes(200)
WOFF = b"wOFF\0\1\0\0" + noise(300)
SQLITE = b"SQLite format 3\0" + bytes(400)
DWG = b"AC1027" + noise(300)
BIG_TEXT = lines_of(3000)
ICON_GIF = GIF
OUTLOOK_MSG = msg("report.pdf", PLAIN_PDF)


def voice() -> bytes:
    """A second of silence, as a telephone system sends it."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000)
    return out.getvalue()


def calendar(method="REQUEST", more="") -> bytes:
    return (f"BEGIN:VCALENDAR\r\nPRODID:-//Papers//EN\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n"
            "UID:1@sender.example\r\nDTSTAMP:20260302T100000Z\r\nDTSTART:20260303T100000Z\r\n"
            f"SUMMARY:Meeting\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@receiver.example\r\n{more}"
            "END:VEVENT\r\nEND:VCALENDAR\r\n").encode()


VCARD = (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Example\r\nN:Example;Bob;;;\r\n"
         b"EMAIL:bob@receiver.example\r\nEND:VCARD\r\n")
