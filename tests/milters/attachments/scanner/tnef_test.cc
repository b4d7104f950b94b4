// winmail.dat as Outlook writes it, and as nobody should.
#include "milters/attachments/scanner/tnef.h"

#include "milters/attachments/scanner/compressed_rtf.h"
#include "tests/milters/attachments/scanner/format_looks.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

// With a checksum that is wrong, as nobody looks at it.
std::string Attribute(int level, unsigned id, const std::string& value) {
  return Number(static_cast<unsigned>(level), 1) + Number(id, 2) + Number(6, 2) +
         Number(value.size(), 4) + value + "\x12\x34";
}
std::string Tnef(const std::string& attributes) { return "\x78\x9F\x3E\x22\x01\x00"s + attributes; }
std::string Rend() { return Attribute(2, 0x9002, std::string(14, '\0')); }

std::string Padded(std::string value) {
  value.resize((value.size() + 3) / 4 * 4, '\0');
  return value;
}
std::string Variable(unsigned id, unsigned type, const std::string& value) {
  return Number(type, 2) + Number(id, 2) + Number(1, 4) + Number(value.size(), 4) + Padded(value);
}
std::string Wide(std::string_view text) {
  std::string wide;
  for (const char c : text) wide += {c, '\0'};
  return wide + "\0\0"s;
}
std::string Properties2(const std::string& one, const std::string& two) {
  return Number(3, 4) + Number(0x0003, 2) + Number(0x3705, 2) + Number(1, 4) + one + two;
}

Look Inspect(const std::string& bytes) { return LookBy(InspectTnef, bytes); }

std::string TwoAttachments() {
  return Tnef(Attribute(1, 0x8008, "IPM.Note\0"s) + Rend() +
              Attribute(2, 0x8010, "INVOIC~1.TXT\0"s) + Attribute(2, 0x800F, "MZ first") +
              Attribute(2, 0x9005,
                        Properties2(Variable(0x3707, 0x1F, Wide("C:\\in\\invoice.exe")),
                                    Variable(0x3704, 0x1E, "INVOIC~1.TXT\0"s))) +
              Rend() + Attribute(2, 0x8010, "b.pdf\0"s) + Attribute(2, 0x800F, "%PDF second"));
}

TEST(Tnef, HandsOnEachAttachmentByAllNames) {
  const Look look = Inspect(TwoAttachments());
  EXPECT_EQ(look.FileNames(), "INVOIC~1.TXT,invoice.exe,b.pdf");
  EXPECT_EQ(look.files[0].second, "MZ first");
  EXPECT_EQ(look.files[1].second, "MZ first");
  EXPECT_EQ(look.files[2].second, "%PDF second");
  EXPECT_FALSE(look.properties.any()) << look.properties.Format();
}

TEST(Tnef, LooksIntoMessagesWithinIt) {
  const Look look = Inspect(Tnef(
      Rend() +
      Attribute(2, 0x9005,
                Properties2(Variable(0x3001, 0x1E, "Forwarded\0"s),
                            Variable(0x3701, 0x0D, std::string(16, '\x07') + TwoAttachments())))));
  EXPECT_EQ(look.FileNames(), "INVOIC~1.TXT,invoice.exe,b.pdf");
}

TEST(Tnef, HandsOnItsBodyWithoutAName) {
  const std::string rtf =
      Number(0, 4) + Number(14, 4) + Number(0x414C454D, 4) + Number(0, 4) + "{\\rtf1 plain}";
  const Look look = Inspect(Tnef(
      Attribute(1, 0x800C, "Dear Eva") +
      Attribute(1, 0x9003,
                Properties2(Variable(0x1013, 0x102, "<script>"), Variable(0x1009, 0x102, rtf)))));
  ASSERT_EQ(look.files.size(), 3u);
  EXPECT_EQ(look.files[0].second, "Dear Eva");
  EXPECT_EQ(look.files[1].second, "<script>");
  EXPECT_EQ(look.files[2].second, "{\\rtf1 plain}");
}

TEST(Tnef, SaysWhenItEndsWithinAnAttachment) {
  const std::string whole = TwoAttachments();
  const Look look = Inspect(whole.substr(0, whole.size() - 6));
  EXPECT_TRUE(look.properties.Has(Property::kTruncated));
  EXPECT_EQ(look.files.back().first, "b.pdf");
}

TEST(Tnef, MayBeCutAnywhere) {
  ForEachPrefix(TwoAttachments(), [](const std::string& prefix) { Inspect(prefix); });
}

TEST(Tnef, NestsAsDeepAsIsLookedInto) {
  std::string inner = TwoAttachments();
  for (int i = 0; i < 50; ++i) {
    inner = Tnef(Attribute(2, 0x9005,
                           Properties2(Variable(0x3001, 0x1E, "x\0"s),
                                       Variable(0x3701, 0x0D, std::string(16, '\0') + inner))));
  }
  const Look look = Inspect(inner);
  EXPECT_TRUE(look.properties.Has(Property::kTooDeep));
  EXPECT_TRUE(look.files.empty());
}

TEST(CompressedRtf, RepeatsWhatItHolds) {
  // [MS-OXRTFCP] section 3.1.1, "{\rtf1\ansi\ansicpg1252\pard hello world}".
  const std::string packed =
      "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63"
      "\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64"
      "\x7d\x0a\x80\x0f\xa0"s;
  EXPECT_EQ(DecompressRtf(packed, 1'000), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
}

}  // namespace
}  // namespace gatepost::attachments
