#include "milters/attachments/content_type.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "common/base/strings.h"
#include "common/mime/charset.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
  Kind kind;
};

// The first that fits counts, so what is more special stands before what is more general.
constexpr std::array kSignatures{
    // executables
    Signature{0,
              "\x7F"
              "ELF"sv,
              "elf", Kind::kExecutable},
    Signature{0, "\xFE\xED\xFA\xCE"sv, "mach-o", Kind::kExecutable},
    Signature{0, "\xFE\xED\xFA\xCF"sv, "mach-o", Kind::kExecutable},
    Signature{0, "\xCE\xFA\xED\xFE"sv, "mach-o", Kind::kExecutable},
    Signature{0, "\xCF\xFA\xED\xFE"sv, "mach-o", Kind::kExecutable},
    Signature{0, "dex\n0"sv, "dex", Kind::kExecutable},
    Signature{0, "\0asm"sv, "wasm", Kind::kExecutable},
    Signature{0, "ITSF\x03\0\0\0"sv, "chm", Kind::kExecutable},
    Signature{0, "?_\x03\0"sv, "hlp", Kind::kExecutable},
    Signature{0, "FWS"sv, "swf", Kind::kExecutable},
    Signature{0, "CWS"sv, "swf", Kind::kExecutable},
    Signature{0, "ZWS"sv, "swf", Kind::kExecutable},
    Signature{0, "#@~^"sv, "encoded-script", Kind::kScript},
    Signature{0, "FasdUAS"sv, "applescript", Kind::kScript},
    // shortcuts
    Signature{0, "L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0F"sv, "lnk", Kind::kShortcut},
    // archives
    Signature{0, "PK\x03\x04"sv, "zip", Kind::kArchive},
    Signature{0, "PK\x05\x06"sv, "zip", Kind::kArchive},
    Signature{0, "PK\x07\x08PK\x03\x04"sv, "zip", Kind::kArchive},
    Signature{0, "Rar!\x1A\x07\x01\0"sv, "rar5", Kind::kArchive},
    Signature{0, "Rar!\x1A\x07\0"sv, "rar", Kind::kArchive},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, "7z", Kind::kArchive},
    Signature{0, "\x1F\x8B\x08"sv, "gzip", Kind::kArchive},
    Signature{0, "\x1F\x9D"sv, "compress", Kind::kArchive},
    Signature{0, "BZh"sv, "bzip2", Kind::kArchive},
    Signature{0,
              "\xFD"
              "7zXZ\0"sv,
              "xz", Kind::kArchive},
    Signature{0, "\x28\xB5\x2F\xFD"sv, "zstd", Kind::kArchive},
    Signature{0, "\x04\x22\x4D\x18"sv, "lz4", Kind::kArchive},
    Signature{0, "LZIP\x01"sv, "lzip", Kind::kArchive},
    Signature{0, "\x5D\0\0"sv, "lzma", Kind::kArchive},
    Signature{0, "MSCF\0\0\0\0"sv, "cab", Kind::kArchive},
    Signature{0, "ISc("sv, "installshield-cab", Kind::kArchive},
    Signature{0, "\x60\xEA"sv, "arj", Kind::kArchive},
    Signature{2, "-lh"sv, "lha", Kind::kArchive},
    Signature{2, "-lz"sv, "lha", Kind::kArchive},
    Signature{7, "**ACE**"sv, "ace", Kind::kArchive},
    Signature{0, "!<arch>\ndebian-binary"sv, "deb", Kind::kArchive},
    Signature{0, "!<arch>\n"sv, "ar", Kind::kArchive},
    Signature{0, "\xED\xAB\xEE\xDB"sv, "rpm", Kind::kArchive},
    Signature{0, "070701"sv, "cpio", Kind::kArchive},
    Signature{0, "070707"sv, "cpio", Kind::kArchive},
    Signature{0, "xar!"sv, "xar", Kind::kArchive},
    Signature{0, "MSWIM\0\0\0"sv, "wim", Kind::kArchive},
    Signature{257, "ustar"sv, "tar", Kind::kArchive},
    // disk images
    Signature{0, "conectix"sv, "vhd", Kind::kDiskImage},
    Signature{0, "vhdxfile"sv, "vhdx", Kind::kDiskImage},
    Signature{0, "cxsparse"sv, "vhd", Kind::kDiskImage},
    Signature{0, "koly\0\0\0\x04"sv, "dmg", Kind::kDiskImage},
    Signature{0, "\x78\x01\x73\x0D\x62\x62\x60"sv, "dmg", Kind::kDiskImage},
    Signature{0, "encrcdsa"sv, "dmg", Kind::kDiskImage},
    Signature{0, "sprs"sv, "dmg", Kind::kDiskImage},
    Signature{0, "hsqs"sv, "squashfs", Kind::kDiskImage},
    Signature{0, "QFI\xFB"sv, "qcow2", Kind::kDiskImage},
    Signature{0, "KDMV"sv, "vmdk", Kind::kDiskImage},
    Signature{0x8001, "CD001"sv, "iso", Kind::kDiskImage},
    Signature{0x8001, "BEA01"sv, "udf", Kind::kDiskImage},
    Signature{0x8001, "NSR0"sv, "udf", Kind::kDiskImage},
    // documents
    Signature{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "ole", Kind::kDocument},
    Signature{0, "\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3"sv, "onenote",
              Kind::kDocument},
    Signature{0, "\xA1\x2F\xFF\x43\xD9\xEF\x76\x4C\x9E\xE2\x10\xEA\x57\x22\x76\x5F"sv, "onenote",
              Kind::kDocument},
    Signature{0, "{\\rt"sv, "rtf", Kind::kDocument},
    Signature{0, "\x09\x08\x10\0\0"sv, "biff", Kind::kDocument},
    Signature{0, "\x09\x08\x08\0\0"sv, "biff", Kind::kDocument},
    Signature{0, "\x09\x04\x06\0"sv, "biff", Kind::kDocument},
    Signature{0, "\x09\x02\x06\0"sv, "biff", Kind::kDocument},
    Signature{0, "\x09\0\x04\0"sv, "biff", Kind::kDocument},
    Signature{4, "Standard Jet DB"sv, "access", Kind::kDocument},
    Signature{4, "Standard ACE DB"sv, "access", Kind::kDocument},
    Signature{0, "ActiveMime"sv, "activemime", Kind::kDocument},
    Signature{0, "%!PS"sv, "postscript", Kind::kDocument},
    Signature{0, "\xC5\xD0\xD3\xC6"sv, "postscript", Kind::kDocument},
    // media
    Signature{0, "\x89PNG\r\n\x1A\n"sv, "png", Kind::kMedia},
    Signature{0, "\xFF\xD8\xFF"sv, "jpeg", Kind::kMedia},
    Signature{0, "GIF87a"sv, "gif", Kind::kMedia},
    Signature{0, "GIF89a"sv, "gif", Kind::kMedia},
    Signature{0, "II*\0"sv, "tiff", Kind::kMedia},
    Signature{0, "MM\0*"sv, "tiff", Kind::kMedia},
    Signature{8, "WEBP"sv, "webp", Kind::kMedia},
    Signature{8, "WAVE"sv, "wav", Kind::kMedia},
    Signature{8, "AVI "sv, "avi", Kind::kMedia},
    Signature{4, "ftyp"sv, "mp4", Kind::kMedia},
    Signature{0, "\x1A\x45\xDF\xA3"sv, "matroska", Kind::kMedia},
    Signature{0, "OggS"sv, "ogg", Kind::kMedia},
    Signature{0, "fLaC"sv, "flac", Kind::kMedia},
    Signature{0, "ID3"sv, "mp3", Kind::kMedia},
    Signature{0, "wOFF"sv, "woff", Kind::kMedia},
    Signature{0, "wOF2"sv, "woff", Kind::kMedia},
    // mail
    Signature{0, "\x78\x9F\x3E\x22"sv, "tnef", Kind::kMail},
    Signature{0, "-----BEGIN PGP "sv, "pgp", Kind::kMail},
};

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t Little32(std::string_view head, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(head[at + i]);
  return value;
}

// Any file may begin with "MZ"; what Windows runs has a header where the first one says, DOS takes
// all.
ContentType DetectMz(std::string_view head) {
  if (head.size() < 64) return {"mz", Kind::kExecutable};
  const std::size_t at = Little32(head, 60);
  const bool portable = at + 4 <= head.size() && head.substr(at, 4) == "PE\0\0"sv;
  return {portable ? "pe" : "mz", Kind::kExecutable};
}

// Both begin with the same four bytes. A Mach-O for several processors has a few of them; what a
// class file has there is its version, which began with 45.
ContentType DetectCafeBabe(std::string_view head) {
  const bool few = head.size() >= 8 && head[4] == 0 && head[5] == 0 && head[6] == 0 &&
                   static_cast<unsigned char>(head[7]) < 40;
  return {few ? "mach-o" : "java-class", Kind::kExecutable};
}

// A program with a disk image of its own behind it.
bool IsAppImage(std::string_view head) {
  return head.starts_with(
             "\x7F"
             "ELF") &&
         head.size() > 10 && head.substr(8, 2) == "AI" && (head[10] == 1 || head[10] == 2);
}

// Python's compiled code: a version that grows by a few each year, CR LF, then flags and a date or
// a hash.
bool IsPythonCode(std::string_view head) {
  if (head.size() < 16 || head.substr(2, 2) != "\r\n"sv) return false;
  const auto high = static_cast<unsigned char>(head[1]);
  return (high == 0x0D || high == 0x0E) && Little32(head, 4) <= 3;
}

// A disk begins with a jump over the parameters of its file system, or with a table of partitions;
// both end the sector alike.
bool IsBootSector(std::string_view head) {
  if (head.size() < 512 || head.substr(510, 2) != "\x55\xAA"sv) return false;
  const bool jump = (head[0] == '\xEB' && head[2] == '\x90') || head[0] == '\xE9';
  const bool file_system = head.substr(54, 3) == "FAT"sv || head.substr(82, 3) == "FAT"sv ||
                           head.substr(3, 4) == "NTFS"sv || head.substr(3, 5) == "EXFAT"sv;
  const auto is_partition = [head](std::size_t at) {
    const auto active = static_cast<unsigned char>(head[at]);
    return (active == 0 || active == 0x80) && head[at + 4] != 0;
  };
  return jump || file_system || is_partition(446);
}

// Readers look for "%PDF-" in the first kilobyte.
bool IsPdf(std::string_view head) { return head.substr(0, 1'024 + 5).find("%PDF-") != head.npos; }

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\x1B';
}

bool IsText(std::string_view head) {
  if (head.empty()) return false;
  constexpr std::size_t kAtOnce = 64;  // without a branch each, so that compilers make it wide
  for (; head.size() >= kAtOnce; head.remove_prefix(kAtOnce)) {
    unsigned controls = 0;
    for (std::size_t i = 0; i < kAtOnce; ++i) controls |= IsControl(head[i]) ? 1u : 0u;
    if (controls != 0) return false;
  }
  return std::ranges::none_of(head, IsControl);
}

// Bytes within a character of UTF-8.
bool IsWithin(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// As IsText, and characters by any charset: UTF-8, or bytes with blanks between. What is cut off at
// the end of `head` counts as whole.
bool IsProse(std::string_view head) {
  constexpr std::size_t kLongestWord = 128;
  if (!IsText(head)) return false;
  std::string_view whole = head;
  while (head.size() >= kSignatureBytes && whole.size() + 3 > head.size() && !whole.empty() &&
         IsWithin(whole.back())) {
    whole.remove_suffix(1);
  }
  const bool leads = !whole.empty() && static_cast<unsigned char>(whole.back()) >= 0xC0;
  if (leads && head.size() >= kSignatureBytes) whole.remove_suffix(1);
  if (mime::IsUtf8(head) || mime::IsUtf8(whole)) return true;
  return head.substr(0, kLongestWord).find_first_of(" \r\n\t") != head.npos;
}

// Letters that text may begin with are no signature in it: what they stand for has control bytes
// soon.
bool IsWeak(const Signature& signature) {
  constexpr std::size_t kFew = 7;
  const bool binary = signature.kind == Kind::kExecutable || signature.kind == Kind::kArchive ||
                      signature.kind == Kind::kDiskImage || signature.kind == Kind::kMedia;
  return binary && signature.bytes.size() <= kFew && IsText(signature.bytes);
}

bool Fits(const Signature& signature, std::string_view head) {
  return head.size() >= signature.offset + signature.bytes.size() &&
         head[signature.offset] == signature.bytes.front() &&  // as most do not
         head.substr(signature.offset, signature.bytes.size()) == signature.bytes;
}

// Without what may stand before text.
std::string_view Unmarked(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  return begin == head.npos ? std::string_view() : head.substr(begin);
}

// UTF-16 as ASCII; a byte order mark is left out.
std::string Plain(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  std::string text(head.substr(0, kSignatureBytes));
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    text.erase(0, 2);
    std::erase(text, '\0');
  }
  return base::ToLower(text);
}

struct Beginning {
  std::string_view text;  // after white space, in lower case
  std::string_view name;
  Kind kind;
};

constexpr std::array kBeginnings{
    Beginning{"#!", "shell-script", Kind::kScript},
    Beginning{"<?php", "php", Kind::kScript},
    Beginning{"<%", "asp", Kind::kScript},
    Beginning{"@echo", "batch", Kind::kScript},
    Beginning{"@powershell", "batch", Kind::kScript},
    Beginning{"echo off\r\n", "batch", Kind::kScript},
    Beginning{"echo off\n", "batch", Kind::kScript},
    Beginning{"#@~^", "encoded-script", Kind::kScript},
    Beginning{"on error resume next", "vbs", Kind::kScript},
    Beginning{"option explicit\r\n", "vbs", Kind::kScript},
    Beginning{"option explicit\n", "vbs", Kind::kScript},
    Beginning{"[internetshortcut", "url", Kind::kShortcut},
    Beginning{"[{000214a0-", "url", Kind::kShortcut},
    Beginning{"[desktop entry]", "desktop", Kind::kShortcut},
    Beginning{"[shell]", "scf", Kind::kShortcut},
    Beginning{"windows registry editor", "reg", Kind::kScript},
    Beginning{"regedit4", "reg", Kind::kScript},
    Beginning{"<job", "wsf", Kind::kScript},
    Beginning{"<package", "wsf", Kind::kScript},
    Beginning{"<?sct", "scriptlet", Kind::kScript},
    Beginning{"<scriptlet", "scriptlet", Kind::kScript},
    Beginning{"<hta:application", "hta", Kind::kScript},
    Beginning{"[version]\r\nsignature", "inf", Kind::kScript},
    Beginning{"[version]\nsignature", "inf", Kind::kScript},
    Beginning{"tell application \"", "applescript", Kind::kScript},
    Beginning{"<librarydescription", "library-ms", Kind::kShortcut},
    Beginning{"<persistedquery", "search-ms", Kind::kShortcut},
    Beginning{"<pcsettings", "settingcontent-ms", Kind::kShortcut},
    Beginning{"<!doctype html", "html", Kind::kDocument},
    Beginning{"<html", "html", Kind::kDocument},
    Beginning{"<head", "html", Kind::kDocument},
    Beginning{"<body", "html", Kind::kDocument},
    Beginning{"<script", "html", Kind::kDocument},
    Beginning{"<svg", "svg", Kind::kDocument},
    Beginning{"begin:vcalendar", "calendar", Kind::kText},
    Beginning{"begin:vcard", "vcard", Kind::kText},
};

// The element that an XML text is about, where its kind is told by that.
struct XmlMark {
  std::string_view text;
  std::string_view name;
  Kind kind;
};
constexpr std::array kXmlMarks{
    XmlMark{"<svg", "svg", Kind::kDocument},
    XmlMark{"<job", "wsf", Kind::kScript},
    XmlMark{"<package", "wsf", Kind::kScript},
    XmlMark{"<scriptlet", "scriptlet", Kind::kScript},
    XmlMark{"<component", "scriptlet", Kind::kScript},
    XmlMark{"urn:schemas-microsoft-com:xslt", "xsl-script", Kind::kScript},
    XmlMark{"<librarydescription", "library-ms", Kind::kShortcut},
    XmlMark{"<persistedquery", "search-ms", Kind::kShortcut},
    XmlMark{"<pcsettings", "settingcontent-ms", Kind::kShortcut},
    XmlMark{"<?mso-application", "office-xml", Kind::kDocument},
    XmlMark{"schemas.microsoft.com/office/2006/xmlpackage", "office-xml", Kind::kDocument},
    XmlMark{"schemas.microsoft.com/office/word/2003/wordml", "office-xml", Kind::kDocument},
    XmlMark{"<html", "html", Kind::kDocument},
    XmlMark{"www.w3.org/1999/xhtml", "html", Kind::kDocument},
};

// As find(), which is slow where the first letter is everywhere.
bool Holds(std::string_view text, std::string_view what) {
  return !text.empty() && ::memmem(text.data(), text.size(), what.data(), what.size()) != nullptr;
}

// Without comments; one that does not end within it is left out with the rest.
std::string WithoutXmlComments(std::string_view text) {
  std::string without;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find("<!--"), text.size());
    without += text.substr(0, begin);
    const std::size_t end = text.find("-->", begin);
    text.remove_prefix(end == text.npos ? text.size() : end + 3);
  }
  return without;
}

// An element begins within it.
bool ShowsRoot(std::string_view text) {
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    if (at + 1 < text.size() && base::IsAsciiAlpha(text[at + 1])) return true;
  }
  return false;
}

ContentType DetectXml(std::string_view whole) {
  const std::string kept = WithoutXmlComments(whole);
  const std::string_view text = kept;
  // Components and packages are of many formats; only those with a script are run.
  const bool script = Holds(text, "<script") || Holds(text, ":script");
  for (const XmlMark& mark : kXmlMarks) {
    const bool needs_script = mark.text == "<component" || mark.text == "<package" ||
                              mark.text == "urn:schemas-microsoft-com:xslt" ||
                              mark.text == "www.w3.org/1999/xhtml";
    if ((script || !needs_script) && Holds(text, mark.text)) return {mark.name, mark.kind};
  }
  const bool link = Holds(text, "<plist") && Holds(text, "<key>url</key>");
  if (link) return {"webloc", Kind::kShortcut};
  if (!ShowsRoot(text)) return {"xml-head", Kind::kText};
  return {"xml", Kind::kText};
}

// Lines that may stand before the first word: comments of scripts and shortcuts.
std::string_view WithoutComments(std::string_view text, std::string_view mark) {
  while (text.starts_with(mark)) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) return text;
    text = base::Trim(text.substr(end + 1));
  }
  return text;
}

// A section that is a shortcut wherever it stands: what is before it, Windows and desktops skip.
ContentType DetectSection(std::string_view text) {
  constexpr std::array<Beginning, 3> kSections{
      Beginning{"\n[internetshortcut]", "url", Kind::kShortcut},
      Beginning{"\n[desktop entry]", "desktop", Kind::kShortcut},
      Beginning{"\n[defaultinstall", "inf", Kind::kScript}};
  if (!text.starts_with('[') && !text.starts_with('#') && !text.starts_with(';')) return {};
  for (const Beginning& section : kSections) {
    if (text.find(section.text) != text.npos) return {section.name, section.kind};
  }
  return {};
}

// Without the comments that a page may begin with; "" where one does not end.
std::string_view WithoutMarkupComments(std::string_view text) {
  while (text.starts_with("<!--")) {
    const std::size_t end = text.find("-->");
    if (end == text.npos) return {};
    text = base::Trim(text.substr(end + 3));
  }
  return text;
}

// Elements that browsers take for the beginning of a page, whatever it is called.
bool BeginsWithElement(std::string_view text) {
  constexpr std::array<std::string_view, 20> kElements{
      "iframe", "h1",   "div",  "font", "table",  "a",      "style",    "title", "b",   "br",
      "p",      "meta", "link", "base", "center", "object", "noscript", "form",  "img", "span"};
  if (!text.starts_with('<')) return false;
  const std::string_view name = text.substr(1, text.find_first_of(" >/\t\r\n", 1) - 1);
  return std::ranges::find(kElements, name) != kElements.end();
}

ContentType DetectText(std::string_view head) {
  const std::string plain = Plain(head);
  const std::string_view whole = base::Trim(plain);
  const std::string_view text = WithoutMarkupComments(whole);
  if (whole.starts_with("<!--") && text.empty()) return {"html", Kind::kDocument};
  if (Holds(text, "<hta:application")) return {"hta", Kind::kScript};
  for (const Beginning& beginning : kBeginnings) {
    if (text.starts_with(beginning.text)) return {beginning.name, beginning.kind};
  }
  if (text.starts_with("<?xml")) return DetectXml(text);
  if (const ContentType section = DetectSection(text); section.kind != Kind::kUnknown) {
    return section;
  }
  if (BeginsWithElement(text)) return {"html", Kind::kDocument};
  if (text.starts_with("{\\rt")) return {"rtf", Kind::kDocument};
  const std::string_view batch = WithoutComments(text, "::");
  if (batch.starts_with("@echo off")) return {"batch", Kind::kScript};
  return {"text", Kind::kText};
}

// Browsers read over NUL, and take UTF-16 without a mark of its order: pages are pages with it.
ContentType DetectTextWithNul(std::string_view head) {
  std::string text(head);
  std::erase(text, '\0');
  if (!IsText(text)) return {};
  const ContentType type = DetectText(text);
  const bool page = type.name == "html" || type.name == "svg" || type.name == "hta";
  return page ? type : ContentType();
}

}  // namespace

ContentType DetectContentType(std::span<const std::byte> bytes) {
  const std::string_view head = TextOf(bytes);
  const std::string_view beginning = head.substr(0, kSignatureBytes);
  if (head.starts_with("MZ") && !IsProse(beginning)) return DetectMz(head);
  if (head.starts_with("\xCA\xFE\xBA\xBE")) return DetectCafeBabe(head);
  if (IsAppImage(head)) return {"appimage", Kind::kExecutable};
  for (const Signature& signature : kSignatures) {
    if (!Fits(signature, head)) continue;
    if (IsWeak(signature) && IsProse(beginning)) continue;
    return {signature.name, signature.kind};
  }
  // Word skips blanks before it, and a byte order mark.
  if (Unmarked(head).starts_with("{\\rt")) return {"rtf", Kind::kDocument};
  if (IsPdf(head)) return {"pdf", Kind::kDocument};
  if (IsPythonCode(head)) return {"pyc", Kind::kExecutable};
  if (IsBootSector(head)) return {"img", Kind::kDiskImage};
  const bool wide = head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
  if (wide || IsText(beginning)) return DetectText(head);
  return DetectTextWithNul(beginning);
}

ContentType DetectByTail(std::span<const std::byte> bytes) {
  std::string_view tail = TextOf(bytes);
  if (tail.size() < kTailBytes) return {};
  tail.remove_prefix(tail.size() - kTailBytes);
  if (tail.starts_with("conectix")) return {"vhd", Kind::kDiskImage};
  if (tail.starts_with("koly\0\0\0\x04"sv)) return {"dmg", Kind::kDiskImage};
  return {};
}

std::string_view Name(Kind kind) {
  constexpr std::array<std::string_view, 10> kNames{"unknown", "executable", "script",   "shortcut",
                                                    "archive", "disk-image", "document", "text",
                                                    "media",   "mail"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace gatepost::attachments
