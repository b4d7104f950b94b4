"""Messages in the structure of the programs that people write with, each written out: field order,
boundaries and sloppiness are theirs."""

from hidden import CTE
from mail import b64, join, part, qp
from office import mapi, attribute, tnef, tnef_attachment

import papers

PDF, PNG, JPEG = papers.PLAIN_PDF, papers.PNG, papers.JPEG
HEAD = (b"From: Alice Example <alice@sender.example>\r\nTo: Bob <bob@receiver.example>\r\n"
        b"Subject: The papers\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n"
        b"Message-ID: <1@sender.example>\r\n")
TEXT = part("Content-Type: text/plain; charset=utf-8", "Hello Bob\r\n")
HTML = part(("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"),
            qp("<html><body><p>Hello Bob</p></body></html>"))


def mail(fields, body=b"", head=HEAD) -> bytes:
    return head + part(fields, body)


def tree(kind, *parts, boundary="b1", more="") -> bytes:
    return part(f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}', join(parts, boundary))


def top(kind, *parts, boundary="b0", fields=(), more="") -> bytes:
    return mail((*fields, "MIME-Version: 1.0",
                 f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"{more}'),
                b"This is a multi-part message in MIME format.\r\n" + join(parts, boundary))


def item(kind, name, content, disposition="attachment", *more) -> bytes:
    return part((f'Content-Type: {kind};\r\n name="{name}"', CTE,
                 f'Content-Disposition: {disposition};\r\n filename="{name}"', *more), b64(content))


def thunderbird():
    agent = ("User-Agent: Mozilla Thunderbird", "Content-Language: en-GB")
    yield "plain", mail((*agent, "MIME-Version: 1.0",
                         "Content-Type: text/plain; charset=UTF-8; format=flowed",
                         "Content-Transfer-Encoding: 8bit"), "Grüße \r\nBob\r\n".encode())
    yield "html", top("alternative", TEXT, HTML, boundary="------------0IqY7yq", fields=agent)
    yield "attachment", top("mixed", TEXT, item("application/pdf", "a.pdf", PDF), fields=agent)
    yield "attachment-utf8", top("mixed", TEXT, part((
        'Content-Type: application/pdf; name="=?UTF-8?B?w5xiZXJzaWNodC5wZGY=?="',
        "Content-Disposition: attachment;\r\n filename*=UTF-8''%C3%9Cbersicht%2E%70%64%66", CTE),
        b64(PDF)), fields=agent)
    yield "inline-picture", top("alternative", TEXT, tree("related", HTML, item(
        "image/png", "logo.png", PNG, "inline", "Content-Id: <part1.a@sender.example>")), fields=agent)
    yield "forward-inline", top("mixed", tree("alternative", TEXT, HTML), item(
        "application/pdf", "a.pdf", PDF), fields=agent)
    yield "forward-attached", top("mixed", TEXT, part((
        'Content-Type: message/rfc822; charset=UTF-8; name="The papers.eml"',
        'Content-Disposition: attachment; filename="The papers.eml"', "Content-Transfer-Encoding: 7bit"),
        top("mixed", TEXT, item("application/pdf", "a.pdf", PDF), boundary="inner")), fields=agent)
    yield "vcard", top("mixed", TEXT, part(('Content-Type: text/x-vcard; charset=utf-8; name="alice.vcf"',
                                            'Content-Disposition: attachment; filename="alice.vcf"'),
                                           papers.VCARD), fields=agent)
    yield "filelink", top("mixed", TEXT, part((
        'Content-Type: text/html; charset=utf-8; name="a.pdf.html"',
        'Content-Disposition: attachment; filename="a.pdf.html"',
        'X-Mozilla-Cloud-Part: cloudFile; url=https://files.example/a; name="a.pdf"'),
        '<html><body><a href="https://files.example/a">a.pdf</a></body></html>'), fields=agent)
    yield "openpgp-key", top("mixed", TEXT, part((
        'Content-Type: application/pgp-keys; name="OpenPGP_0x0123456789ABCDEF.asc"',
        'Content-Disposition: attachment; filename="OpenPGP_0x0123456789ABCDEF.asc"',
        "Content-Description: OpenPGP public key", "Content-Transfer-Encoding: quoted-printable"),
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nxjMEZ=3D=3D\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n"))


def outlook():
    agent = ("X-Mailer: Microsoft Outlook 16.0", "Thread-Index: AdqQ", "Content-Language: de")
    yield "html", top("alternative", TEXT, HTML, boundary="----=_NextPart_000_0001_01DA", fields=agent)
    yield "attachment", top("mixed", tree("alternative", TEXT, HTML, boundary="----=_NextPart_001_0002"),
                            item("application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                                 "letter.docx", papers.DOCX), boundary="----=_NextPart_000_0001",
                            fields=agent)
    yield "signature-picture", top("related", tree("alternative", TEXT, HTML), part((
        'Content-Type: image/png; name="image001.png"', "Content-Transfer-Encoding: base64",
        "Content-ID: <image001.png@01DA6C00.12345678>"), b64(PNG)), fields=agent,
        more=';\r\n type="multipart/alternative"')
    yield "exchange-description", top("mixed", TEXT, item(
        "application/pdf", "a.pdf", PDF, "attachment", "Content-Description: a.pdf",
    ), fields=("X-MS-Has-Attach: yes", "X-MS-TNEF-Correlator:", "Accept-Language: en-GB"), boundary="_004_AM0_")
    yield "exchange-dates", top("mixed", TEXT, part((
        'Content-Type: image/jpeg; name="photo.jpg"', "Content-Description: photo.jpg",
        'Content-Disposition: attachment; filename="photo.jpg"; size=12345;\r\n\tcreation-date="Mon, 02 '
        'Mar 2026 09:00:00 GMT"; modification-date="Mon, 02 Mar 2026 09:00:00 GMT"', CTE), b64(JPEG)))
    yield "forward-item", top("mixed", TEXT, part((
        "Content-Type: message/rfc822", 'Content-Disposition: attachment;\r\n\tcreation-date="Mon, 02 Mar'
        ' 2026 09:00:00 GMT"'), top("alternative", TEXT, HTML, boundary="inner")))
    yield "meeting", top("alternative", TEXT, HTML, part((
        'Content-Type: text/calendar; charset="utf-8"; method=REQUEST', CTE), b64(papers.calendar())),
        boundary="_000_AM0_")
    yield "meeting-reply", top("alternative", TEXT, part((
        'Content-Type: text/calendar; charset="utf-8"; method=REPLY', CTE), b64(papers.calendar("REPLY"))))
    yield "saved-message", top("mixed", TEXT, item("application/vnd.ms-outlook", "old.msg",
                                                   papers.OUTLOOK_MSG))
    yield "read-receipt", top("report", TEXT, part("Content-Type: message/disposition-notification",
                              "Final-recipient: RFC822; bob@receiver.example\r\nDisposition: automatic-action"
                              "/MDN-sent-automatically; displayed\r\n"),
                              more="; report-type=disposition-notification")
    yield "sharing-link", top("alternative", TEXT, part("Content-Type: text/html", (
        '<a href="https://tenant.sharepoint.example/:w:/s/a?e=1">letter.docx</a>')))


def winmail():
    """What Outlook sends where it takes the receiver for Outlook, too."""
    body = attribute(1, 0x00069003, mapi((0x1F, 0x37, "The papers"), (0x102, 0x1009, b"\x0c\0\0\0LZFu" + bytes(20))))
    made = {
        "nothing": tnef(more=body),
        "picture": tnef(tnef_attachment("photo.jpg", JPEG, "Photo of us.jpg"), more=body),
        "document": tnef(tnef_attachment("letter.docx", papers.DOCX, "letter.docx"), more=body),
        "two": tnef(tnef_attachment("A.PDF", PDF, "a.pdf"), tnef_attachment("b.txt", b"hello"), more=body),
        "calendar": tnef(more=body, message_class="IPM.Schedule.Meeting.Request"),
        "task": tnef(more=body, message_class="IPM.TaskRequest"),
    }
    for name, content in made.items():
        yield name, top("mixed", TEXT, item("application/ms-tnef", "winmail.dat", content))
    yield "message-within", top("mixed", TEXT, item("application/ms-tnef", "winmail.dat", tnef(tnef_attachment(
        "a", tnef(more=body), "Inner", in_mapi=True, method=5), more=body)))


def apple():
    version = ("Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.100.2\\))", "X-Mailer: Apple Mail (2.3774.100.2)")

    def made(kind, *parts):
        return mail((*version, f"Content-Type: multipart/{kind};\r\n\tboundary=\"Apple-Mail=_0A1B\""),
                    b"\r\n" + join(parts, "Apple-Mail=_0A1B"))

    inline_pdf = part(("Content-Disposition: inline;\r\n\tfilename=a.pdf",
                       'Content-Type: application/pdf;\r\n\tx-unix-mode=0644;\r\n\tname="a.pdf"', CTE), b64(PDF))
    yield "inline-pdf", made("mixed", TEXT, inline_pdf, TEXT)
    yield "alternative-mixed", made("alternative", TEXT, tree("mixed", HTML, inline_pdf, HTML))
    yield "alternative-related", made("alternative", TEXT, tree("related", HTML, part((
        "Content-Disposition: inline;\r\n\tfilename=logo.png", 'Content-Type: image/png;\r\n\tname="logo.png"',
        "Content-Id: <A1B2>", CTE), b64(PNG))))
    yield "appledouble", made("mixed", TEXT, tree("appledouble", part((
        "Content-Type: application/applefile;\r\n\tname=\"a.pdf\"", CTE), b64(b"\0\5\x16\7\0\2\0\0" + bytes(18))),
        part(('Content-Type: application/pdf;\r\n\tname="a.pdf"', CTE), b64(PDF))))
    yield "decomposed-name", made("mixed", TEXT, part((
        "Content-Disposition: attachment;\r\n\tfilename*=utf-8''U%CC%88bersicht.pdf",
        "Content-Type: application/pdf;\r\n\tx-unix-mode=0644;\r\n\tname=\"=?utf-8?B?VcyIYmVyc2ljaHQucGRm?=\"",
        CTE), b64(PDF)))
    yield "iphone-photo", mail(("Content-Type: multipart/mixed; boundary=Apple-Mail-0A1B",
                                "Content-Transfer-Encoding: 7bit", "Mime-Version: 1.0 (1.0)",
                                "X-Mailer: iPhone Mail (21E219)"), join((part((
                                    "Content-Type: image/jpeg;\r\n\tname=image0.jpeg;\r\n\tx-apple-part-url=A1B2",
                                    "Content-Disposition: inline;\r\n\tfilename=image0.jpeg", CTE), b64(JPEG)),
                                    part(("Content-Type: text/plain;\r\n\tcharset=us-ascii",
                                          "Content-Transfer-Encoding: 7bit"), "\r\n\r\nSent from my iPhone")),
                                    "Apple-Mail-0A1B"))
    yield "smime-signed", made("signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256", TEXT,
                               item("application/pkcs7-signature", "smime.p7s", b"\x30\x80\6\x09" + bytes(200)))


def gmail():
    yield "alternative", mail(("MIME-Version: 1.0", 'Content-Type: multipart/alternative; boundary="000000000000a1"'),
                              join((part('Content-Type: text/plain; charset="UTF-8"', "Hello\r\n"), part(
                                  'Content-Type: text/html; charset="UTF-8"', '<div dir="ltr">Hello</div>\r\n')),
                                  "000000000000a1"))
    for number, (name, content, kind) in enumerate((("a.pdf", PDF, "application/pdf"), ("p.jpg", JPEG, "image/jpeg"), (
            "letter.docx", papers.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"))):
        yield f"attachment-{number}", top("mixed", tree("alternative", TEXT, HTML), part((
            f'Content-Type: {kind}; name="{name}"', f'Content-Disposition: attachment; filename="{name}"', CTE,
            f"Content-ID: <f_lq{number}>", f"X-Attachment-Id: f_lq{number}"), b64(content)))
    yield "inline-picture", top("related", tree("alternative", TEXT, HTML), part((
        'Content-Type: image/png; name="image.png"', 'Content-Disposition: inline; filename="image.png"', CTE,
        "Content-ID: <ii_lq1>", "X-Attachment-Id: ii_lq1"), b64(PNG)))
    yield "calendar", top("mixed", tree("alternative", TEXT, HTML, part((
        'Content-Type: text/calendar; charset="UTF-8"; method=REQUEST', "Content-Transfer-Encoding: 7bit"),
        papers.calendar())), item("application/ics", "invite.ics", papers.calendar()))
    yield "drive-link", top("alternative", TEXT, part("Content-Type: text/html",
                            '<div class="gmail_chip"><a href="https://drive.example/file">plan.zip</a></div>'))


def others():
    yield "k9", top("mixed", TEXT, part((
        "Content-Type: application/pdf;\r\n name=\"a.pdf\"", "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment;\r\n filename=\"a.pdf\";\r\n size=615"), b64(PDF)),
        boundary="----7ZC8Y9", fields=("User-Agent: K-9 Mail for Android",))
    yield "k9-autocrypt", mail(("Autocrypt: addr=alice@sender.example; prefer-encrypt=mutual; keydata=\r\n mQENB",
                                "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"), "Hello\r\n")
    yield "roundcube", top("mixed", tree("alternative", TEXT, HTML, boundary="=_b1"), part((
        "Content-Transfer-Encoding: base64", "Content-Type: application/pdf;\r\n name=a.pdf",
        "Content-Disposition: attachment;\r\n filename=a.pdf;\r\n size=615"), b64(PDF)), boundary="=_b0",
        fields=("User-Agent: Roundcube Webmail/1.6.5",))
    yield "horde", top("mixed", TEXT, part(("Content-Type: image/jpeg; name=p.jpg", CTE,
                       "Content-Disposition: attachment; size=1; filename=p.jpg"), b64(JPEG)), boundary="=_AbC")
    yield "sogo", top("mixed", TEXT, item("application/pdf", "a.pdf", PDF), boundary="----=_=-_OpenGroupware_org_NGMime")
    yield "mutt", mail(("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="tThc/1wpZn/ma/RB"',
                        "Content-Disposition: inline"), join((part((
                            "Content-Type: text/plain; charset=us-ascii", "Content-Disposition: inline"), "Hello\r\n"),
                            part(("Content-Type: text/x-diff; charset=us-ascii",
                                  'Content-Disposition: attachment; filename="fix.diff"'),
                                 "--- a\r\n+++ b\r\n@@ -1 +1 @@\r\n-begin 644 a.exe\r\n+end\r\n")), "tThc/1wpZn/ma/RB"))
    yield "mailx", mail((), b"Hello,\r\n\r\nthe job is done.\r\n")
    yield "pine", top("mixed", part("Content-Type: TEXT/PLAIN; charset=US-ASCII", "Hello\r\n"), part((
        "Content-Type: APPLICATION/PDF; name=a.pdf", "Content-Transfer-Encoding: BASE64",
        "Content-ID: <Pine.LNX.1@sender.example>", "Content-Description: ",
        "Content-Disposition: attachment; filename=a.pdf"), b64(PDF)))
    yield "lotus", top("mixed", tree("related", tree("alternative", TEXT, HTML, boundary="=_a 1"), part((
        'Content-Type: image/gif; name="graycol.gif"', 'Content-Disposition: inline; filename="graycol.gif"', CTE,
        "Content-ID: <1__=0@sender.example>"), b64(papers.ICON_GIF)), boundary="0__=0"), boundary="1__=0")
    yield "groupwise", top("mixed", TEXT, item("application/pdf", "a.pdf", PDF), boundary="=__Part1.0__=")
    yield "yahoo", top("mixed", tree("alternative", TEXT, HTML), item("image/jpeg", "p.jpg", JPEG),
                       boundary="----=_Part_1_2.3")
    yield "java-mail", top("mixed", TEXT, part(("Content-Type: application/octet-stream; name=report.csv",
                           "Content-Transfer-Encoding: 7bit", "Content-Disposition: attachment; filename=report.csv"),
                           papers.CSV), boundary="----=_Part_0_1.2")
    yield "php-mailer", top("mixed", tree("alternative", TEXT, HTML, boundary="b2_a"), part((
        "Content-Type: application/pdf; name=invoice_1.pdf", CTE,
        "Content-Disposition: attachment; filename=invoice_1.pdf"), b64(PDF)), boundary="b1_a")
    yield "sap", top("mixed", TEXT, part((
        'Content-Type: application/pdf; name="=?utf-8?Q?Rechnung_1.pdf?="', "Content-Description: Rechnung 1", CTE,
        'Content-Disposition: attachment; filename="=?utf-8?Q?Rechnung_1.pdf?="'), b64(PDF)), boundary="=_SAP")
    yield "scanner", top("mixed", part("Content-Type: text/plain", "Scanned by the copier\r\n"), item(
        "application/pdf", "SKM_C224e26030210000.pdf", papers.SCAN_PDF), boundary="KONICA_MINOLTA_Internet_Fax")
    yield "scanner-no-text", mail(("MIME-Version: 1.0", 'Content-Type: application/pdf; name="scan.pdf"', CTE,
                                   'Content-Disposition: attachment; filename="scan.pdf"'), b64(papers.SCAN_PDF))
    yield "fax", top("mixed", TEXT, item("image/tiff", "fax00001.tif", papers.TIFF))
    yield "mms", top("mixed", part("Content-Type: text/plain", "hi\r\n"), part((
        "Content-Type: image/jpeg; name=20260302_100000.jpg", "Content-Location: 20260302_100000.jpg", CTE), b64(JPEG)))
    yield "telephone", top("mixed", TEXT, item("audio/x-wav", "msg0001.WAV", papers.voice()))
    yield "boundary-with-blanks", top("mixed", TEXT, HTML, boundary="a boundary with blanks")
    yield "no-date-8bit-subject", mail(("Subject: Gr\xfc\xdfe", "MIME-Version: 1.0", "Content-Type: text/plain"), b"Hi\r\n")


def messages():
    for program in (thunderbird, outlook, winmail, apple, gmail, others):
        for name, message in program():
            yield f"{program.__name__}-{name}", message
