"""Messages made with Python's email package: every file that people send, every legal encoding of
its name."""

import random
from email.header import Header
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP, SMTPUTF8

import papers

# (name, content, type): each one is a message.
FILES = (
    ("invoice.pdf", papers.PLAIN_PDF, "application/pdf"),
    ("scan0001.pdf", papers.SCAN_PDF, "application/pdf"),
    ("links.pdf", papers.LINK_PDF, "application/pdf"),
    ("form.pdf", papers.FORM_PDF, "application/pdf"),
    ("contract signed.pdf", papers.SIGNED_PDF, "application/pdf"),
    ("zugferd.pdf", papers.INVOICE_PDF, "application/pdf"),
    ("zugferd not to print.pdf", papers.FORBIDDEN_PDF, "application/pdf"),
    ("zugferd clear.pdf", papers.CLEAR_PDF, "application/pdf"),
    ("security handbook.pdf", papers.TEXT_ABOUT_PDF, "application/pdf"),
    ("outline.pdf", papers.OUTLINE_PDF, "application/pdf"),
    ("octets.pdf", papers.PLAIN_PDF, "application/octet-stream"),
    ("letter.docx", papers.DOCX,
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("links.docx", papers.LINK_DOCX,
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("pictures.docx", papers.PICTURE_DOCX,
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("chart.docx", papers.CHART_DOCX,
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("normal template.docx", papers.LOCAL_TEMPLATE_DOCX, "application/octet-stream"),
    ("page numbers.docx", papers.FIELD_DOCX, "application/octet-stream"),
    ("typed as word.docx", papers.DOCX, "application/msword"),
    ("sums.xlsx", papers.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("linked.xlsx", papers.LINKED_XLSX,
     "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("printer.xlsx", papers.PRINTER_XLSX, "application/vnd.ms-excel"),
    ("talk.pptx", papers.PPTX,
     "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("letter.odt", papers.ODT, "application/vnd.oasis.opendocument.text"),
    ("sums.ods", papers.ODS, "application/vnd.oasis.opendocument.spreadsheet"),
    ("talk.odp", papers.ODP, "application/vnd.oasis.opendocument.presentation"),
    ("old.doc", papers.DOC, "application/msword"),
    ("old.xls", papers.XLS, "application/vnd.ms-excel"),
    ("old.ppt", papers.PPT, "application/vnd.ms-powerpoint"),
    ("letter.rtf", papers.RTF, "application/rtf"),
    ("rtf by word.doc", papers.RTF, "application/msword"),
    ("saved.msg", papers.OUTLOOK_MSG, "application/vnd.ms-outlook"),
    ("photos.zip", papers.PHOTO_ZIP, "application/zip"),
    ("from a mac.zip", papers.MAC_ZIP, "application/zip"),
    ("streamed.zip", papers.STREAMED_ZIP, "application/x-zip-compressed"),
    ("umlauts.zip", papers.UMLAUT_ZIP, "application/zip"),
    ("dos names.zip", papers.DOS_NAME_ZIP, "application/zip"),
    ("zip64.zip", papers.LARGE_FORM_ZIP, "application/zip"),
    ("years.zip", papers.NESTED_ZIP, "application/zip"),
    ("papers-1.0.tar.gz", papers.SOURCE_TGZ, "application/gzip"),
    ("papers.tgz", papers.SOURCE_TGZ, "application/x-compressed-tar"),
    ("papers.7z", papers.SEVEN, "application/x-7z-compressed"),
    ("messages.log.gz", papers.gz(papers.LOG, "messages.log"), "application/gzip"),
    ("book.epub", papers.EPUB, "application/epub+zip"),
    ("route.kmz", papers.KMZ, "application/vnd.google-earth.kmz"),
    ("letter.pages", papers.PAGES, "application/x-iwork-pages-sffpages"),
    ("IMG_0001.JPG", papers.JPEG, "image/jpeg"),
    ("photo.jpeg", papers.JPEG, "image/jpg"),
    ("drawing.png", papers.PNG, "image/png"),
    ("icon.gif", papers.ICON_GIF, "image/gif"),
    ("IMG_0002.HEIC", papers.HEIC, "image/heic"),
    ("fax.tif", papers.TIFF, "image/tiff"),
    ("web.webp", papers.WEBP, "image/webp"),
    ("logo.svg", papers.LOGO, "image/svg+xml"),
    ("layers.psd", papers.PSD, "image/vnd.adobe.photoshop"),
    ("plan.dwg", papers.DWG, "application/acad"),
    ("film.mp4", papers.MP4, "video/mp4"),
    ("song.mp3", papers.MP3, "audio/mpeg"),
    ("voice.m4a", papers.M4A, "audio/mp4"),
    ("voice.ogg", papers.OGG, "audio/ogg"),
    ("voice.amr", papers.AMR, "audio/amr"),
    ("voicemail.wav", papers.voice(), "audio/x-wav"),
    ("font.woff", papers.WOFF, "font/woff"),
    ("table.csv", papers.CSV, "text/csv"),
    ("table.tsv", papers.CSV.replace(b",", b"\t"), "text/tab-separated-values"),
    ("rows.json", papers.JSON, "application/json"),
    ("invoice.xml", papers.INVOICE_XML, "application/xml"),
    ("route.gpx", papers.GPX, "application/gpx+xml"),
    ("app.log", papers.LOG, "text/plain"),
    ("notes.txt", b"hello\r\n", "text/plain"),
    ("notes.md", b"# Notes\n\n```sh\nrm -r build\n```\n", "text/markdown"),
    ("paper.tex", b"\\documentclass{article}\\begin{document}Hi\\end{document}\n", "text/x-tex"),
    ("ticket.html", papers.TICKET, "text/html"),
    ("invoice.htm", papers.TICKET, "text/html"),
    ("bob.vcf", papers.VCARD, "text/vcard"),
    ("meeting.ics", papers.calendar("PUBLISH"), "text/calendar"),
    ("cert.pem", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
     "application/x-pem-file"),
    ("table.sqlite", papers.SQLITE, "application/vnd.sqlite3"),
    ("0001-Fix-it.patch", b"From 0123 Mon Sep 17 00:00:00 2001\nbegin 644 of it\n--- a/a.c\n+++ b/a.c\n",
     "text/x-patch"),
    ("empty.txt", b"", "text/plain"),
    ("empty.bin", b"", "application/octet-stream"),
)

# File names that have a trap in them and are as ordinary as any.
NAMES = (
    "Invoice 2026.03.15.pdf", "Report v1.2 (final).pdf", "www.shop.example.com.pdf",
    "archive.tar.gz overview.pdf", "a & b, c; d.pdf", "O'Neill's paper.pdf", "100% sure.pdf",
    "paper [draft] {2}.pdf", "mail@home.pdf", "#1 #2.pdf", "~paper.pdf", "UPPER.PDF", "a.b.c.d.e.pdf",
    "no dots at all but pdf.pdf", "Mr. Example Jr. CV.pdf", "x" * 120 + ".pdf", "setup.exe explained.pdf",
    "my.js notes.pdf", "C# and .NET.pdf", "two  blanks.pdf", "(1).pdf", "=formula.pdf", "-dash.pdf",
    "Übersicht März.pdf", "Überweisungsträger für das Jahr 2026 mit allen Anlagen und Beilagen.pdf",
    "résumé.pdf", "re\u0301sume\u0301.pdf", "Žluťoučký kůň.pdf", "Отчёт за март.pdf",
    "请查收附件.pdf", "請求書（三月分）.pdf", "見積書　最終版.pdf", "견적서.pdf", "ใบแจ้งหนี้.pdf",
    "فاتورة مارس.pdf", "חשבונית מס 12.pdf", "می\u200cخواهم.pdf", "हिन्दी पत्र.pdf",
    "👩\u200d👩\u200d👧 summer ☀\ufe0f.pdf", "naïve – “quoted” … paper.pdf", "Ελληνικό έγγραφο.pdf",
    "no\u00a0break.pdf", "Straße №5.pdf", "x²+y².pdf",
)


def head(message, subject="The papers"):
    message["From"] = "Alice Example <alice@sender.example>"
    message["To"] = "Bob Example <bob@receiver.example>"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    message["Message-ID"] = "<1@sender.example>"
    return message


def letter(text="Dear Bob,\n\nthe papers are attached.\n\nAlice\n", **options):
    message = head(EmailMessage(policy=SMTP))
    message.set_content(text, **options)
    return message


def with_file(name, content, kind, **options):
    message = letter()
    main, sub = kind.split("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name, **options)
    return message


def encoded_names():
    """Names as mail programs write them that Python's does not imitate."""
    shapes = {
        "rfc2231-latin1": "filename*=iso-8859-1''%DCbersicht%20M%E4rz.pdf",
        "rfc2231-pieces": "filename*0*=utf-8''%C3%9Cbersicht; filename*1*=%20M%C3%A4rz.pdf",
        "rfc2231-pieces-plain": 'filename*0="a rather long name that is "; filename*1="cut.pdf"',
        "rfc2231-and-plain": "filename=\"Uebersicht.pdf\"; filename*=utf-8''%C3%9Cbersicht.pdf",
        "rfc2231-language": "filename*=utf-8'de'%C3%9Cbersicht.pdf",
        "rfc2047-q": 'filename="=?iso-8859-1?Q?=DCbersicht_M=E4rz.pdf?="',
        "rfc2047-b": 'filename="=?UTF-8?B?w5xiZXJzaWNodCBNw6Ryei5wZGY=?="',
        "rfc2047-koi8": 'filename="=?koi8-r?B?79TexdQucGRm?="',
        "rfc2047-jis": 'filename="=?ISO-2022-JP?B?GyRCQEE1YT1xGyhCLnBkZg==?="',
        "rfc2047-folded": 'filename="=?UTF-8?B?w5xiZXJzaWNodCBmw7xy?=\r\n =?UTF-8?B?IE3DpHJ6LnBkZg==?="',
        "raw-utf8": 'filename="\u00dcbersicht.pdf"',
        "unquoted": "filename=overview.pdf",
    }
    for name, shape in shapes.items():
        yield name, (f'Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n'
                     f"Content-Disposition: attachment; {shape}\r\n").encode()


TEXT_CHARSETS = (("us-ascii", "7bit", "Dear Bob,\n"), ("utf-8", "8bit", "Grüße, Боб — 你好\n"),
                 ("utf-8", "quoted-printable", "Grüße und = Zeichen\n"), ("utf-8", "base64", "Grüße\n" * 30),
                 ("iso-8859-1", "quoted-printable", "Grüße\n"), ("iso-8859-15", "8bit", "10 €\n"),
                 ("windows-1252", "quoted-printable", "“Quotes” – 10 €\n"), ("koi8-r", "8bit", "Привет, Боб\n"),
                 ("windows-1251", "base64", "Привет, Боб\n"), ("iso-2022-jp", "7bit", "こんにちは、ボブ\n"),
                 ("shift_jis", "base64", "こんにちは\n"), ("gb18030", "base64", "你好\n"),
                 ("big5", "base64", "你好\n"), ("euc-kr", "base64", "안녕하세요\n"), ("iso-8859-2", "8bit", "Žluť\n"),
                 ("iso-8859-8", "base64", "שלום\n"), ("windows-1256", "base64", "مرحبا\n"))


def texts():
    for charset, encoding, text in TEXT_CHARSETS:
        message = head(EmailMessage(policy=SMTP))
        message.set_content(text, charset=charset, cte=encoding)
        yield f"text-{charset}-{encoding}", message
    yield "text-format-flowed", letter("A line that flows \nand goes on.\n\n> quoted \n> on.\n", params={
        "format": "flowed", "delsp": "yes"})
    yield "text-long-lines", letter("word " * 3000 + "\n", cte="quoted-printable")
    yield "text-empty", letter("")
    old = head(MIMEText("Gr\u00fc\u00dfe", "plain", "iso-8859-1"), Header("Gr\u00fc\u00dfe", "utf-8").encode())
    yield "text-old-api", old
    utf8 = head(EmailMessage(policy=SMTPUTF8), "Grüße")
    utf8.set_content("Grüße\n")
    yield "text-smtputf8", utf8


def structures():
    message = letter()
    message.add_alternative("<p>Dear Bob,</p><img src='cid:logo'>", subtype="html")
    message.get_payload()[1].add_related(papers.PNG, "image", "png", cid="<logo>")
    yield "alternative-related", message
    message.add_attachment(papers.PLAIN_PDF, maintype="application", subtype="pdf", filename="a.pdf")
    yield "alternative-related-mixed", message
    forward = letter("See below.\n")
    forward.add_attachment(with_file("a.pdf", papers.PLAIN_PDF, "application/pdf"))
    yield "forwarded-message", forward
    again = letter("See below.\n")
    again.add_attachment(forward)
    yield "forwarded-twice", again
    digest = head(MIMEMultipart("digest"))
    for number in range(3):
        inner = EmailMessage()
        inner["Subject"] = f"Message {number}"
        inner.set_content("Hello\n")
        digest.attach(inner)
    yield "digest", digest
    many = letter()
    for number in range(30):
        many.add_attachment(papers.JPEG, maintype="image", subtype="jpeg", filename=f"IMG_{number}.jpg")
    yield "thirty-photos", many
    inline = letter()
    inline.add_attachment("a = 1\n", filename="notes.txt", disposition="inline")
    yield "inline-text-file", inline
    two = letter()
    for _ in range(2):
        two.add_attachment(papers.PLAIN_PDF, maintype="application", subtype="pdf", filename="a.pdf")
    yield "same-name-twice", two
    yield "large-text-file", with_file("big.txt", papers.BIG_TEXT, "text/plain")


def messages():
    """(name, message's octets)."""
    for index, (name, content, kind) in enumerate(FILES):
        yield f"file-{index:02}-{name.rpartition('.')[2]}", flat(with_file(name, content, kind))
    for index, name in enumerate(NAMES):
        yield f"name-{index:02}", flat(with_file(name, papers.PLAIN_PDF, "application/pdf"))
    for name, fields in encoded_names():
        plain = flat(with_file("a.pdf", papers.PLAIN_PDF, "application/pdf"))
        start = plain.index(b"Content-Type: application/pdf")
        yield f"named-{name}", plain[:start] + fields + plain[plain.index(b"\r\n\r\n", start) + 2:]
    for name, message in (*texts(), *structures()):
        yield name, flat(message)


def flat(message) -> bytes:
    random.seed(1)  # boundaries
    return message.as_bytes(policy=message.policy if message.policy.linesep == "\r\n" else SMTP)
