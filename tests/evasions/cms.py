"""S/MIME containers (RFC 5652, 8551) without certificates or keys, for programs that look inside."""

import zlib


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    size = len(content).to_bytes(-(-len(content).bit_length() // 8), "big")
    return bytes((tag, 128 | len(size))) + size + content


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    out = bytes((first * 40 + second,))
    for number in rest:
        part = [number & 127]
        while number := number >> 7:
            part.append(number & 127 | 128)
        out += bytes(reversed(part))
    return tlv(6, out)


def number(value: int) -> bytes:
    return tlv(2, bytes((value,)))


PKCS7 = "1.2.840.113549.1.7"


def content_info(kind: str, content: bytes) -> bytes:
    return tlv(0x30, oid(kind), tlv(0xA0, content))


def signed_data(content: bytes) -> bytes:
    """Nobody signed it: certificates only, where there is no content."""
    inner = tlv(0x30, oid(PKCS7 + ".1"), tlv(0xA0, tlv(4, content)) if content else b"")
    return content_info(PKCS7 + ".2", tlv(0x30, number(1), tlv(0x31), inner, tlv(0x31)))


def compressed_data(content: bytes) -> bytes:
    inner = tlv(0x30, oid(PKCS7 + ".1"), tlv(0xA0, tlv(4, zlib.compress(content))))
    algorithm = tlv(0x30, oid("1.2.840.113549.1.9.16.3.8"))
    return content_info("1.2.840.113549.1.9.16.1.9", tlv(0x30, number(0), algorithm, inner))


def enveloped_data(sealed: bytes) -> bytes:
    cipher = tlv(0x30, oid("2.16.840.1.101.3.4.1.42"), tlv(4, bytes(16)))
    inner = tlv(0x30, oid(PKCS7 + ".1"), cipher, tlv(0x80, sealed))
    return content_info(PKCS7 + ".3", tlv(0x30, number(0), tlv(0x31), inner))
