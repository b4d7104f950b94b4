// Office documents that are one XML text, and the form in which saved pages keep macros.
#include "milters/attachments/scanner/flat_office.h"

#include <zlib.h>

#include "milters/attachments/scanner/active_mime.h"
#include "tests/milters/attachments/scanner/format_looks.h"
#include "tests/support/compound_writer.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

std::string Macros(std::string_view source) {
  test::CompoundWriter writer;
  test::AddVbaProject(writer, "", source);
  return writer.Write();
}

constexpr std::string_view kAutoSource = "Attribute VB_Name = \"A\"\r\nSub AutoOpen()\r\n";

std::string ActiveMime(const std::string& file) {
  uLongf size = compressBound(file.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(file.data()), file.size());
  packed.resize(size);
  return "ActiveMime\0\0\x01\xF0"s + std::string(36, '\0') + packed;
}

std::string Base64(const std::string& bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0, count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += kLetters[bits >> (count - 6) & 63];
    if (text.size() % 77 == 76) text += '\n';
  }
  if (count > 0) text += kLetters[bits << (6 - count) & 63];
  return text;
}

Look InspectFlat(const std::string& inner) {
  const std::string xml = "<?xml version='1.0'?><?mso-application progid='x'?>" + inner;
  Look look;
  NoLimit no_limit;
  look.properties = InspectFlatOffice(MemoryContent(AsBytes(xml)), no_limit, look.Collect());
  return look;
}

std::string InspectPacked(const std::string& bytes) {
  Look look;
  NoLimit no_limit;
  return InspectActiveMime(MemoryContent(AsBytes(bytes)), no_limit, look.Collect()).Format();
}

TEST(ActiveMime, HoldsMacros) {
  EXPECT_EQ(InspectPacked(ActiveMime(Macros(kAutoSource))), "macro,auto-macro");
  EXPECT_EQ(InspectPacked(ActiveMime("no compound file")), "macro");
  EXPECT_EQ(InspectPacked("ActiveMime"), "macro");
}

TEST(ActiveMime, MayBeCutAnywhere) {
  ForEachPrefix(ActiveMime(Macros(kAutoSource)),
                [](const std::string& prefix) { InspectPacked(prefix); });
}

TEST(FlatOffice, TellsWhatStandsInIt) {
  const std::string packed = Base64(ActiveMime(Macros(kAutoSource)));
  EXPECT_EQ(InspectFlat("<w:wordDocument><w:p/></w:wordDocument>").properties.Format(), "");
  EXPECT_EQ(InspectFlat("<w:wordDocument w:macrosPresent='yes'><w:binData w:name='editdata.mso'>" +
                        packed + "</w:binData>")
                .properties.Format(),
            "macro,auto-macro");
  EXPECT_EQ(InspectFlat("<pkg:part pkg:name='/word/vbaProject.bin'><pkg:binaryData>" +
                        Base64(Macros(kAutoSource)) + "</pkg:binaryData></pkg:part>")
                .properties.Format(),
            "macro,auto-macro");
  EXPECT_EQ(InspectFlat("<ss:Cell ss:Formula=\"=cmd|'/c rem'!A1\"/>").properties.Format(),
            "dynamic-exchange");
  EXPECT_EQ(InspectFlat("<Relationship Type='x/attachedTemplate' TargetMode='External' "
                        "Target='http://a.example/b.dotm'/>")
                .properties.Format(),
            "external-template");
}

TEST(FlatOffice, HandsOnFilesByTheirNames) {
  const Look look =
      InspectFlat("<w:binData w:name='wordml://a.png'>" + Base64("picture") + "</w:binData>");
  EXPECT_EQ(look.FileNames(), "a.png");
  EXPECT_EQ(look.files.at(0).second, "picture");
}

TEST(FlatOffice, MayBeCutAnywhere) {
  ForEachPrefix("<pkg:part pkg:name='/word/vbaProject.bin'><pkg:binaryData>" +
                    Base64(Macros(kAutoSource)) + "</pkg:binaryData></pkg:part>",
                [](const std::string& prefix) { InspectFlat(prefix); });
}

}  // namespace
}  // namespace gatepost::attachments
