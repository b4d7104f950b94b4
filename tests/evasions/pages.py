"""PDF, HTML and SVG."""

import base64
import binascii
import hashlib
import zlib


# PDF (ISO 32000).

def pdf_object(number: int, content: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj\n" % (number, content)


def stream(content: bytes, more=b"", packed=True, packing=b"/Filter/FlateDecode") -> bytes:
    packing = packing if packed else b""
    content = zlib.compress(content, 9) if packed else content
    return b"<<%s%s/Length %d>>stream\n%s\nendstream" % (more, packing, len(content), content)


def pdf(*objects, catalog=b"", trailer=b"", head=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", table=True,
        after=b"") -> bytes:
    """A page; objects from number 5 on are the caller's."""
    usual = (b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
             stream(b"BT /F1 12 Tf (Papers) Tj ET"))
    out, where = head, []
    for number, content in enumerate((*usual, *objects), 1):
        where.append(len(out))
        out += pdf_object(number, content)
    if table:
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(where) + 1)
        out += b"".join(b"%010d 00000 n \n" % at for at in where)
        out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
            len(where) + 1, trailer, start)
    return out + after


def object_stream(*objects, first=6, more=b"") -> bytes:
    """Objects that are found by unpacking alone."""
    heads, bodies = b"", b""
    for number, content in enumerate(objects, first):
        heads += b"%d %d " % (number, len(bodies))
        bodies += content + b" "
    return stream(heads + bodies, more + b"/Type/ObjStm/N %d/First %d" % (len(objects), len(heads)))


def embedded(name: bytes, content: bytes, packed=True, more=b"") -> tuple[bytes, bytes]:
    """Objects 5 and 6: a file of this name within."""
    return (b"<</Type/Filespec/F(%s)/UF(%s)/EF<</F 6 0 R>>>>" % (name, name),
            stream(content, more + b"/Type/EmbeddedFile", packed))


def rc4(key: bytes, content: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for octet in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(octet ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def pdf_for_anyone(*objects: bytes, catalog=b"", says=b"/V 2/R 3", behind=(), locks=True,
                   told=True) -> bytes:
    """Encrypted (RC4, 128 bits) with the empty password, as programs do that forbid printing.
    Streams are, where it `locks`; strings are not looked at. What its dictionary `says` may speak
    of the objects `behind` it; the trailer has it where it is `told`."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner, permissions, name = b"o" * 32, b"\xfc\xff\xff\xff", b"an id of 16 byte"
    key = hashlib.md5(padding + owner + permissions + name).digest()
    for _ in range(50):
        key = hashlib.md5(key).digest()
    user = hashlib.md5(padding + name).digest()
    for turn in range(20):
        user = rc4(bytes(octet ^ turn for octet in key), user)

    def lock(content: bytes, number: int) -> bytes:
        head, begin, rest = content.partition(b">>stream\n")
        body, end, _ = rest.rpartition(b"\nendstream")
        object_key = hashlib.md5(key + number.to_bytes(3, "little") + bytes(2)).digest()
        return head + begin + rc4(object_key, body) + end if begin else content

    handler = b"<</Filter/Standard%s/Length 128/P -4/O<%s>/U<%s>>>" % (
        says, owner.hex().encode(), (user + b"u" * 16).hex().encode())
    locked = [lock(content, number) if locks else content for number, content in enumerate(objects, 5)]
    encrypt = b"/Encrypt %d 0 R" % (5 + len(locked)) if told else b""
    return pdf(*locked, handler, *behind, catalog=catalog, trailer=b"/ID[<%s><%s>]%s" % (
        name.hex().encode(), name.hex().encode(), encrypt))


NAMES = b"/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>"
ALERT = b"app.alert\\('harmless'\\);"


def hexed(name: str) -> bytes:
    """A name with each letter as #xx."""
    return b"/" + b"".join(b"#%02x" % ord(letter) for letter in name)


# HTML.

def html(body: str, head="", start="<!DOCTYPE html>") -> bytes:
    return f"{start}<html><head><title>Papers</title>{head}</head><body>{body}</body></html>\r\n".encode()


def script(code: str, kind="") -> str:
    return f"<script{kind}>{code}</script>"


def b64text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def octet_list(content: bytes) -> str:
    return ",".join(map(str, content))


def smuggled(content: bytes, way="blob") -> bytes:
    """A page that makes a file of what it carries and offers it for download."""
    return html("<p>Your papers are being fetched.</p>", script(WAYS[way](content)))


def blob(setup: str, name="papers.zip") -> str:
    return (f'{setup}var f=new Blob([u],{{type:"octet/stream"}});var a=document.createElement("a");'
            f'a.href=URL.createObjectURL(f);a.download="{name}";document.body.appendChild(a);a.click();')


def unpack(variable: str) -> str:
    return (f"var s=atob({variable});var u=new Uint8Array(s.length);"
            "for(var i=0;i<s.length;i++)u[i]=s.charCodeAt(i);")


def cut(text: str, size: int) -> list[str]:
    return [text[at:at + size] for at in range(0, len(text), size)]


def pieces(text: str, size=40) -> str:
    return "+".join(f'"{piece}"' for piece in cut(text, size))


WAYS = {
    "blob": lambda content: blob(f'var t="{b64text(content)}";' + unpack("t")),
    "array": lambda content: blob(f"var u=new Uint8Array([{octet_list(content)}]);"),
    "pieces": lambda content: blob(f"var t={pieces(b64text(content))};" + unpack("t")),
    "statements": lambda content: blob('var t="";' + "".join(
        f't+="{text}";' for text in cut(b64text(content), 100)) + unpack("t")),
    "split": lambda content: blob(f'var t="{"|".join(cut(b64text(content), 20))}".split("|").join("");'
                                  + unpack("t")),
    "hex": lambda content: blob(f'var h="{binascii.hexlify(content).decode()}";var u=new Uint8Array('
                                "h.match(/../g).map(x=>parseInt(x,16)));"),
    "reversed": lambda content: blob(f'var t="{b64text(content)[::-1]}".split("").reverse().join("");'
                                     + unpack("t")),
    "msSaveBlob": lambda content: (f'var t="{b64text(content)}";' + unpack("t")
                                   + 'navigator.msSaveOrOpenBlob(new Blob([u]),"papers.exe");'),
    "fetch": lambda content: (f'fetch("data:application/zip;base64,{b64text(content)}").then(r=>r.blob())'
                              '.then(b=>{let a=document.createElement("a");a.href=URL.createObjectURL(b);'
                              'a.download="papers.zip";a.click()});'),
    "location": lambda content: f'location.href="data:application/zip;base64,{b64text(content)}";',
    "eval": lambda content: f'eval(atob("{b64text(blob(f"""var t="{b64text(content)}";""" + unpack("t")).encode())}"));',
    "unescape": lambda content: "document.write(unescape(\"" + "".join(
        f"%{octet:02x}" for octet in html("", script(WAYS["blob"](content)))) + "\"));",
    "bracket": lambda content: ('var w=window,t="' + b64text(content) + '";var s=w["at"+"ob"](t);var u='
                                'new w["Uint8"+"Array"](s.length);for(var i=0;i<s.length;i++)u[i]=s.'
                                'charCodeAt(i);var f=new w["Bl"+"ob"]([u]);var a=document.createElement("a");'
                                'a["hr"+"ef"]=w.URL["createObject"+"URL"](f);a["down"+"load"]="a.zip";a.click();'),
    "file": lambda content: (f'var t="{b64text(content)}";' + unpack("t")
                             + 'var f=new File([u],"papers.iso");location=URL.createObjectURL(f);'),
}


def padded(page: bytes, size=200_000) -> bytes:
    """A page with a library of scripts in its way, so that what it hides is next to nothing of it."""
    library = "".join(f"function f{number}(a,b){{return a.concat(b).slice({number})}}"
                      for number in range(size // 52))
    return page.replace(b"<script>", b"<script>" + library.encode(), 1)


def svg(inner="", attributes="") -> bytes:
    return (f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"'
            f' {attributes}><rect width="10" height="10"/>{inner}</svg>\n').encode()
