// The first bytes of each format, as its programs write them.
#include "milters/attachments/content_type.h"

#include <algorithm>
#include <string>

#include "milters/attachments/content_names.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

std::string_view Detect(const std::string& head) {
  return DetectContentType(std::as_bytes(std::span(head))).name;
}

Kind DetectKind(const std::string& head) {
  return DetectContentType(std::as_bytes(std::span(head))).kind;
}

// Where "PE" stands is said at 60.
std::string PortableExecutable() {
  std::string head = "MZ" + std::string(58, '\0') + "\x80\0\0\0"s;
  head.resize(128, '\0');
  return head + "PE\0\0"s;
}

std::string At(std::size_t offset, const std::string& bytes) {
  return std::string(offset, '\0') + bytes;
}

struct Case {
  std::string head;
  std::string_view name;
  Kind kind;
};

const Case kCases[] = {
    {PortableExecutable(), "pe", Kind::kExecutable},
    {"MZ\x90", "mz", Kind::kExecutable},
    {"MZ\x90" + std::string(200, '\xFF'), "mz", Kind::kExecutable},
    {"\x7F"
     "ELF\x02\x01",
     "elf", Kind::kExecutable},
    {"\x7F"
     "ELF\x02\x01\x01\0AI\x02"s,
     "appimage", Kind::kExecutable},
    {"\xA7\x0D\r\n\0\0\0\0"s + std::string(8, 'x'), "pyc", Kind::kExecutable},
    {"\xEB\x3C\x90MSDOS5.0" + std::string(499, '\0') + "\x55\xAA", "img", Kind::kDiskImage},
    {std::string(446, '\0') + "\x80\0\0\0\x0C"s + std::string(59, '\0') + "\x55\xAA", "img",
     Kind::kDiskImage},
    {"koly\0\0\0\x04"s, "dmg", Kind::kDiskImage},
    {"\x09\x08\x10\0\0\x06"s, "biff", Kind::kDocument},
    {"FasdUAS 1.101", "applescript", Kind::kScript},
    {"#@~^XgAAAA==", "encoded-script", Kind::kScript},
    {":: note\r\n@ECHO OFF", "batch", Kind::kScript},
    {"On Error Resume Next\r\n", "vbs", Kind::kScript},
    {"Option Explicit\r\nDim x", "vbs", Kind::kScript},
    {"Option explicit or not, dear Eva", "text", Kind::kText},
    {"#!x\n[Desktop Entry]\nExec=x", "shell-script", Kind::kScript},
    {"# x\n[Desktop Entry]\nExec=x", "desktop", Kind::kShortcut},
    {"[{000214A0-0000}]\r\nProp3=19\r\n[InternetShortcut]\r\nURL=x", "url", Kind::kShortcut},
    {"<?xml version=\"1.0\"?><plist><dict><key>URL</key>", "webloc", Kind::kShortcut},
    {"<?xml version=\"1.0\"?><libraryDescription>", "library-ms", Kind::kShortcut},
    {"<?xml version=\"1.0\"?><persistedQuery>", "search-ms", Kind::kShortcut},
    {"<PCSettings>", "settingcontent-ms", Kind::kShortcut},
    {"<?xml version=\"1.0\"?><x:stylesheet xmlns:m=\"urn:schemas-microsoft-com:xslt\"><m:script>",
     "xsl-script", Kind::kScript},
    {"<?xml version=\"1.0\"?><package xmlns=\"http://www.idpf.org/2007/opf\">", "xml", Kind::kText},
    {"<?XML version=\"1.0\"?><scriptlet>", "scriptlet", Kind::kScript},
    {"[1] See the notes\r\nDear Eva", "text", Kind::kText},
    {"\xCA\xFE\xBA\xBE\0\0\0\x02"s, "mach-o", Kind::kExecutable},
    {"\xCA\xFE\xBA\xBE\0\0\0\x34"s, "java-class", Kind::kExecutable},
    {"\xCF\xFA\xED\xFE\x07", "mach-o", Kind::kExecutable},
    {"L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0F\x9B"s, "lnk", Kind::kShortcut},
    {"PK\x03\x04\x14", "zip", Kind::kArchive},
    {"PK\x05\x06"s + std::string(18, '\0'), "zip", Kind::kArchive},
    {"Rar!\x1A\x07\0\xCF"s, "rar", Kind::kArchive},
    {"Rar!\x1A\x07\x01\0"s, "rar5", Kind::kArchive},
    {"7z\xBC\xAF\x27\x1C\0\x04"s, "7z", Kind::kArchive},
    {"\x1F\x8B\x08\0"s, "gzip", Kind::kArchive},
    {At(257, "ustar\0"s), "tar", Kind::kArchive},
    {At(0x8001, "CD001"), "iso", Kind::kDiskImage},
    {"conectix", "vhd", Kind::kDiskImage},
    {"vhdxfile", "vhdx", Kind::kDiskImage},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "ole", Kind::kDocument},
    {"%PDF-1.7", "pdf", Kind::kDocument},
    {std::string(1'000, ' ') + "%PDF-1.7", "pdf", Kind::kDocument},
    {"{\\rtf1", "rtf", Kind::kDocument},
    {"<!DOCTYPE html>", "html", Kind::kDocument},
    {"\xEF\xBB\xBF  \n<HTML>", "html", Kind::kDocument},
    {"\xFF\xFE<\0h\0t\0m\0l\0"s, "html", Kind::kDocument},
    {"<?xml version=\"1.0\"?><svg>", "svg", Kind::kDocument},
    {"<html><hta:application id=x>", "hta", Kind::kScript},
    {"#!/bin/sh\n", "shell-script", Kind::kScript},
    {"@echo off\r\n", "batch", Kind::kScript},
    {"[InternetShortcut]\r\nURL=", "url", Kind::kShortcut},
    {"[Shell]\r\nCommand=2", "scf", Kind::kShortcut},
    {"Windows Registry Editor Version 5.00", "reg", Kind::kScript},
    {"\x89PNG\r\n\x1A\n", "png", Kind::kMedia},
    {"\x78\x9F\x3E\x22", "tnef", Kind::kMail},
    {"Dear Eva,\r\n", "text", Kind::kText},
    {" \r\n{\\rtf1\\bin4 \0\0\0\0"s, "rtf", Kind::kDocument},
    {"<ht\0ml><scr\0ipt>"s, "html", Kind::kDocument},
    {"Dear \0Eva"s, "unknown", Kind::kUnknown},
    {"ActiveMime\0\0\x01\xF0"s, "activemime", Kind::kDocument},
    {"<?xml version='1.0'?><a xmlns='http://schemas.microsoft.com/office/2006/xmlPackage'/>",
     "office-xml", Kind::kDocument},
    {"<?xml version='1.0'?><a xmlns:h='http://www.w3.org/1999/xhtml'><h:script/></a>", "html",
     Kind::kDocument},
    {"<?xml version='1.0'?><feed xmlns:h='http://www.w3.org/1999/xhtml'/>", "xml", Kind::kText},
    {"MZ is a magazine, FWS a firewood seller.", "text", Kind::kText},
    {"FWS", "text", Kind::kText},
    {"070701 is the number", "text", Kind::kText},
    {"Gr\xC3\xBC\xC3\x9F"
     "e",
     "text", Kind::kText},
    {"BEGIN:VCALENDAR", "calendar", Kind::kText},
    {"<!-- saved -->\r\n<!-- twice --> <HTML>", "html", Kind::kDocument},
    {"<!-- never closed <svg", "html", Kind::kDocument},
    {"<p>Dear Eva</p>", "html", Kind::kDocument},
    {"<iframe src=x>", "html", Kind::kDocument},
    {"<p", "html", Kind::kDocument},
    {"<paper> is no page", "text", Kind::kText},
    {"<eva@example.org> wrote:", "text", Kind::kText},
    {" \r\n{\\rtf1", "rtf", Kind::kDocument},
    {"BZh91AY&SY\x10\x01", "bzip2", Kind::kArchive},
    {"BZh\xA9\xC7\xF0\x8A", "bzip2", Kind::kArchive},
    {"CWS\x0A\x10\x20\0\0"s, "swf", Kind::kExecutable},
    {"`\xEA\x29\0\x22\x0B"s, "arj", Kind::kArchive},
    {"", "unknown", Kind::kUnknown},
    {"\x01\x02\x03\x04", "unknown", Kind::kUnknown},
};

TEST(ContentType, IsKnownByTheFirstBytes) {
  for (const auto& test : kCases) {
    EXPECT_EQ(Detect(test.head), test.name) << test.head.substr(0, 20);
    EXPECT_EQ(DetectKind(test.head), test.kind) << test.name;
    EXPECT_TRUE(std::ranges::binary_search(ContentNames(), test.name)) << test.name;
  }
}

// Letters that stand before programs, archives and pictures.
constexpr std::string_view kLetters[] = {
    "MZ",   "FWS",  "CWS",    "ZWS",    "BZh",    "PK",    "xar!",
    "sprs", "hsqs", "KDMV",   "070701", "ID3",    "OggS",  "fLaC",
    "wOFF", "ISc(", "dex\n0", "A -lh",  "`\xEA ", "x -lz", "1234567**ACE**"};

// "Good day, the letter is here" and the like, as UTF-8 and in the charsets of before.
constexpr std::string_view kTexts[] = {
    " is what the letter is about.",
    " \xC3\xBC ber allen Gipfeln",
    " \xFC ber allen Gipfeln",
    " \xC2\xAB \xC3\xA9t\xC3\xA9 \xC2\xBB",
    " \xAB l'\xE9t\xE9 \xBB",
    " \xD0\x94\xD0\xBE\xD0\xB1\xD1\x80\xD1\x8B\xD0\xB9",
    " \xC4\xCF\xC2\xD2\xD9\xCA \xC4\xC5\xCE\xD8",
    " \xC4\xEE\xE1\xF0\xFB\xE9 \xE4\xE5\xED\xFC",
    " \xCE\x9A\xCE\xB1\xCE\xBB\xCE\xB7",
    "\xE4\xBD\xA0\xE5\xA5\xBD\xEF\xBC\x8C\xE4\xB8\x96",
    "\xC4\xE3\xBA\xC3\xA3\xAC\r\n",
    "\x82\xB1\x82\xF1\r\n",
    "\x1B$B$3$s\x1B(B\r\n",
    " \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
    " \xD8\xB3\xD9\x84\xD8\xA7\xD9\x85",
    " \xE0\xA4\xA8\xE0\xA4\xAE",
    " \xE0\xB8\xAA\xE0\xB8\xA7",
    " \xF0\x9F\x98\x80 hello",
};

TEST(ContentType, OfTextIsTextWhateverItBeginsWith) {
  for (const auto letters : kLetters) {
    for (const auto text : kTexts) {
      const std::string whole = std::string(letters).append(text);
      EXPECT_EQ(Detect(whole), "text") << whole;
      EXPECT_EQ(Detect(std::string(text)), "text") << text;
    }
  }
}

// Where the beginning ends within a character.
TEST(ContentType, OfTextIsTextWhereverItIsCut) {
  std::string text = "MZ ";
  while (text.size() < 2 * kSignatureBytes) text += "\xF0\x9F\x98\x80";
  for (std::size_t less = 0; less < 8; ++less) {
    EXPECT_EQ(Detect(text.substr(0, text.size() - less)), "text") << less;
    EXPECT_EQ(Detect("MZ" + std::string(less, 'x') + text.substr(2)), "text") << less;
  }
}

TEST(ContentType, OfDiskImagesIsKnownByTheirEnd) {
  const auto detect = [](const std::string& tail) {
    return DetectByTail(std::as_bytes(std::span(tail))).name;
  };
  EXPECT_EQ(detect("x" + ("conectix" + std::string(504, '\0'))), "vhd");
  EXPECT_EQ(detect("koly\0\0\0\x04"s + std::string(504, '\0')), "dmg");
  EXPECT_EQ(detect("conectix"), "unknown");
  EXPECT_EQ(detect(std::string(512, 'x')), "unknown");
}

TEST(ContentType, OfAnyPrefixIsSomething) {
  for (const auto& test : kCases) {
    for (std::size_t size = 0; size < std::min<std::size_t>(300, test.head.size()); ++size) {
      EXPECT_FALSE(Detect(test.head.substr(0, size)).empty());
    }
  }
}

}  // namespace
}  // namespace gatepost::attachments
