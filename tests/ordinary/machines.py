"""Messages that machines write: lists, bounces, reports, newsletters; and mail that is signed or
sealed."""

from archives import gz
from cms import enveloped_data
from files import noise
from hidden import CTE
from mail import b64, join, part, uu
from zips import zip_of

import papers
from programs import HEAD, HTML, TEXT, item, mail, top, tree

FOOTER = part("Content-Type: text/plain; charset=us-ascii\r\nContent-Disposition: inline",
              "_______________________________________________\r\nList mailing list\r\n")
LIST = ("List-Id: Papers <papers.lists.example>", "List-Unsubscribe: <https://lists.example/u>",
        "Precedence: list")
ARMOR = b"-----BEGIN PGP %s-----\r\n\r\n" + b64(noise(500)) + b"=AbCd\r\n-----END PGP %s-----\r\n"


def armored(kind: bytes) -> bytes:
    return ARMOR.replace(b"%s", kind)


def text(body, *fields):
    return mail((*fields, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
                 "Content-Transfer-Encoding: 8bit"), body)


def lists():
    yield "footer", top("mixed", TEXT, FOOTER, fields=LIST, boundary="===============123==")
    yield "footer-behind-html", top("mixed", tree("alternative", TEXT, HTML), FOOTER, fields=LIST)
    yield "footer-behind-file", top("mixed", TEXT, item("application/pdf", "a.pdf", papers.PLAIN_PDF), FOOTER,
                                    fields=LIST)
    yield "footer-behind-signed", top("mixed", tree("signed", TEXT, part((
        'Content-Type: application/pgp-signature; name="signature.asc"', "Content-Description: signature"),
        armored(b"SIGNATURE")), boundary="s1"), FOOTER, fields=LIST)
    digest = tree("digest", *[part((), HEAD + TEXT) for _ in range(4)], boundary="d1")
    yield "mailman-digest", top("mixed", TEXT, TEXT, digest, FOOTER, fields=LIST)
    yield "plain-digest", text(b"Papers Digest, Vol 1\r\n\r\n" + (b"-" * 30 + b"\r\n\r\nMessage: 1\r\n\r\nHello\r\n") * 3)
    yield "moderation", top("mixed", TEXT, part("Content-Type: message/rfc822", HEAD + TEXT), part(
        "Content-Type: message/rfc822", b"Subject: confirm 0123\r\nFrom: list@lists.example\r\n\r\nIf you reply\r\n"))


def reports():
    status = ("Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\n"
              "Status: 5.1.1\r\n")
    more = "; report-type=delivery-status"
    original = HEAD + part("Content-Type: multipart/mixed; boundary=o1", join((
        TEXT, item("application/pdf", "a.pdf", papers.PLAIN_PDF)), "o1"))
    delivery = part("Content-Type: message/delivery-status", status)
    yield "bounce", top("report", TEXT, delivery, part("Content-Type: message/rfc822", original), more=more)
    yield "bounce-headers", top("report", TEXT, delivery, part("Content-Type: text/rfc822-headers", HEAD), more=more)
    yield "bounce-global", top("report", TEXT, part("Content-Type: message/global-delivery-status", status), part(
        "Content-Type: message/global-headers", HEAD), more=more)
    yield "bounce-cut", top("report", TEXT, delivery, part("Content-Type: message/rfc822", original[:600]), more=more)
    yield "bounce-qmail", text(b"Hi. This is the qmail-send program at mx.example.\r\n\r\n--- Below this line is a "
                               b"copy of the message.\r\n\r\n" + original)
    yield "bounce-exchange", top("report", HTML, delivery, part("Content-Type: message/rfc822", original), more=more)
    yield "read", top("report", TEXT, part("Content-Type: message/disposition-notification",
                      "Disposition: manual-action/MDN-sent-manually; displayed\r\n"),
                      more="; report-type=disposition-notification")
    yield "complaint", top("report", TEXT, part("Content-Type: message/feedback-report",
                           "Feedback-Type: abuse\r\nUser-Agent: a/1\r\nVersion: 1\r\n"), part(
                               "Content-Type: message/rfc822", original), more="; report-type=feedback-report")
    rows = b'<?xml version="1.0"?><feedback><record><row><count>1</count></row></record></feedback>'
    name = "big.example!receiver.example!1772409600!1772495999"
    yield "dmarc-gz", mail(("MIME-Version: 1.0", f'Content-Type: application/gzip; name="{name}.xml.gz"', CTE,
                            f'Content-Disposition: attachment; filename="{name}.xml.gz"'), b64(gz(rows, f"{name}.xml")))
    yield "dmarc-zip", top("mixed", TEXT, item("application/zip", f"{name}.zip", zip_of((f"{name}.xml", rows))))
    yield "dmarc-xml", top("mixed", TEXT, item("text/xml", f"{name}.xml", rows))
    yield "tls-report", top("report", TEXT, item("application/tlsrpt+gzip", "a.json.gz", gz(papers.JSON)),
                            more="; report-type=tlsrpt")
    yield "cron", text("/etc/cron.daily/x:\n#!/bin/sh is missing\n", "Auto-Submitted: auto-generated")
    yield "logwatch", text(papers.LOG)
    yield "git-push", text(b"commit 0123\n\n    begin 644 of papers\n\n- begin 644 a.exe\n+ =ybegin of it\n")
    yield "auto-reply", text("I am away.\r\n", "Auto-Submitted: auto-replied")


def sealed():
    p7 = b"\x30\x80\6\x09\x2a\x86\x48\x86\xf7\r\1\7\2" + bytes(300)
    signed = "; protocol=\"application/pkcs7-signature\"; micalg=sha-256"
    smime = item("application/pkcs7-signature", "smime.p7s", p7)
    yield "smime-signed", top("signed", TEXT, smime, more=signed)
    yield "smime-signed-file", top("signed", tree("mixed", TEXT, item("application/pdf", "a.pdf", papers.PLAIN_PDF)),
                                   smime, more=signed)
    yield "smime-signed-x", top("signed", TEXT, item("application/x-pkcs7-signature", "smime.p7s", p7),
                                more='; protocol="application/x-pkcs7-signature"; micalg=sha1')
    yield "smime-encrypted", mail(("MIME-Version: 1.0", 'Content-Type: application/pkcs7-mime; '
                                   'smime-type=enveloped-data; name="smime.p7m"', CTE,
                                   'Content-Disposition: attachment; filename="smime.p7m"'),
                                  b64(enveloped_data(noise(900))))
    yield "smime-encrypted-x", mail(("MIME-Version: 1.0", 'Content-Type: application/x-pkcs7-mime; '
                                     'smime-type=enveloped-data; name="smime.p7m"', CTE), b64(enveloped_data(noise(900))))
    pgp = part(('Content-Type: application/pgp-signature; name="OpenPGP_signature.asc"',
                'Content-Disposition: attachment; filename="OpenPGP_signature"'), armored(b"SIGNATURE"))
    yield "pgp-signed", top("signed", TEXT, pgp, more='; micalg=pgp-sha512; protocol="application/pgp-signature"')
    yield "pgp-signed-file", top("signed", tree("mixed", TEXT, item("image/jpeg", "p.jpg", papers.JPEG)), pgp,
                                 more='; micalg=pgp-sha512; protocol="application/pgp-signature"')
    yield "pgp-encrypted", top("encrypted", part("Content-Type: application/pgp-encrypted", "Version: 1\r\n"), part((
        'Content-Type: application/octet-stream; name="encrypted.asc"',
        'Content-Disposition: inline; filename="encrypted.asc"'), armored(b"MESSAGE")),
        more='; protocol="application/pgp-encrypted"')
    yield "pgp-inline-encrypted", text(armored(b"MESSAGE"))
    yield "pgp-inline-signed", text(b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\nHello\r\n"
                                    + armored(b"SIGNATURE"))
    yield "pgp-key", top("mixed", TEXT, part(('Content-Type: application/pgp-keys; name="key.asc"',),
                                             armored(b"PUBLIC KEY BLOCK")))
    yield "detached-file", top("mixed", TEXT, item("application/pdf", "a.pdf", papers.PLAIN_PDF),
                               item("application/pgp-signature", "a.pdf.asc", armored(b"SIGNATURE")))


PIXEL = '<img src="https://t.example/o.gif?x=1" width=1 height=1>'


def newsletters():
    rows = "".join(f"<tr><td>Offer {number}</td><td><a href='https://c.example/{number}'>Buy</a></td></tr>"
                   for number in range(900))
    page = f"<html><head><style>td{{font:12px}}</style></head><body><table>{rows}</table>{PIXEL}</body></html>"
    yield "large-html", top("alternative", TEXT, part(("Content-Type: text/html; charset=utf-8", CTE), b64(page)),
                            fields=("List-Unsubscribe-Post: List-Unsubscribe=One-Click",))
    data = "<img src='data:image/png;base64," + b64(papers.PNG, 4000).decode().strip() + "'>"
    yield "data-pictures", mail(("MIME-Version: 1.0", "Content-Type: text/html"), f"<html><body>{data * 5}</body></html>")
    yield "outlook-conditional", mail(("MIME-Version: 1.0", "Content-Type: text/html"), (
        "<html><!--[if mso]><xml><o:OfficeDocumentSettings/></xml><![endif]--><body>Hello</body></html>"))
    yield "json-ld", mail(("MIME-Version: 1.0", "Content-Type: text/html"), (
        '<html><body>Flight<script type="application/ld+json">{"@type": "FlightReservation"}</script></body></html>'))
    yield "amp", top("alternative", TEXT, part("Content-Type: text/x-amp-html", (
        '<!doctype html><html amp4email><head><script async src="https://cdn.ampproject.org/v0.js"></script>'
        "</head><body>Hello</body></html>")), HTML)
    yield "css-charset", mail(("MIME-Version: 1.0", 'Content-Type: text/html; charset="windows-1252"'),
                              b"<html><head><meta charset=utf-8></head><body>\x93Hello\x94</body></html>")
    yield "form", mail(("MIME-Version: 1.0", "Content-Type: text/html"), (
        '<form action="https://survey.example"><input type=radio name=a><input type=submit></form>'))
    yield "order-ticket", top("mixed", HTML, item("application/vnd.apple.pkpass", "ticket.pkpass", zip_of(
        ("pass.json", b"{}"), ("icon.png", papers.PNG), ("signature", bytes(90)))), item(
            "application/pdf", "ticket.pdf", papers.PLAIN_PDF))


def plain():
    yield "begin-words", text("begin with the papers\nand end\n")
    yield "begin-numbers", text("begin 2026 with a plan\n\nand end it well\n")
    yield "begin-line-of-644", text("begin 644 pages of a book\nis what I read\nend\n")
    yield "shell-snippet", text("Run this:\n\n#!/bin/sh\ncurl https://a.example | sh\n")
    yield "script-words", text('<script>alert(1)</script> is what I typed, and WScript.Shell\n')
    yield "mz-words", text("MZ is a country code\n")
    yield "pk-words", text("PK and Rar! and %PDF are signatures\n")
    yield "base64-words", text(b64(papers.noise(300)))
    yield "from-lines", text(">From the beginning\n>From me\n")
    yield "dashes", text("--\nAlice\n-- \nAlice\n----- Original message -----\nhello\n--frontier\n")
    yield "mail-quoted", text("> Content-Type: application/octet-stream; name=a.exe\n> \n> TVqQ\n")
    yield "mail-in-text", text("Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nHello\n")
    yield "yenc-words", text("=ybegin is how a yEnc file begins\n")
    yield "binhex-words", text("The line (This file must be converted with BinHex 4.0) is old\n")
    yield "uuencoded-text", text(b"Hello\r\n\r\n" + papers_uu())
    yield "no-mime", HEAD + b"\r\nHello\r\n"
    yield "no-body", HEAD + b"\r\n"
    yield "two-versions", mail(("MIME-Version: 1.0", "MIME-Version: 1.0", "Content-Type: text/plain"), "Hello\r\n")
    yield "comment-in-type", mail(("MIME-Version: 1.0 (by a program)", "Content-Type: text/plain; charset=us-ascii (plain)"), "Hello\r\n")
    yield "charset-unknown", mail(("MIME-Version: 1.0", "Content-Type: text/plain; charset=x-unknown"), b"Gr\xfc\xdfe\r\n")
    yield "charset-default", mail(("MIME-Version: 1.0", "Content-Type: text/plain; charset=default_charset"), b"Hello\r\n")
    yield "charset-lie", mail(("MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii"), "Grüße\r\n".encode())
    yield "encoding-upper", mail(("MIME-Version: 1.0", "Content-Type: text/plain", "Content-Transfer-Encoding: 7BIT"), "Hi\r\n")
    yield "encoding-8-bit", mail(("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"), "é" * 400)
    yield "type-text", mail(("MIME-Version: 1.0", "Content-Type: text"), "Hello\r\n")
    yield "epilogue", mail(("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=e1"), join((TEXT,), "e1") + b"\r\nSent by a free program.\r\n")
    yield "preamble-long", mail(("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=e1"), b"If you can read this, your program is old.\r\n" * 20 + join((TEXT, HTML), "e1"))
    yield "calendar-cancel", mail(("MIME-Version: 1.0", "Content-Type: text/calendar; method=CANCEL; charset=UTF-8"), papers.calendar("CANCEL"))
    yield "calendar-file", top("mixed", TEXT, item("text/calendar", "meeting.ics", papers.calendar("PUBLISH", "ATTACH:https://files.example/a.pdf\r\n")))
    yield "contacts", top("mixed", TEXT, item("text/x-vcard", "all.vcf", papers.VCARD * 20))


def papers_uu() -> bytes:
    return uu(b"Some notes as they were sent in 1995.\n" * 4, "notes.txt")


def messages():
    for group in (lists, reports, sealed, newsletters, plain):
        for name, message in group():
            yield f"{group.__name__}-{name}", message
