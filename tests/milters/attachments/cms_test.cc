// Messages are built by hand (X.690); those of OpenSSL are among the evasions.
#include "milters/attachments/scanner/cms.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;

constexpr std::string_view kSignedData("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", 9);
constexpr std::string_view kEnvelopedData("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", 9);
constexpr std::string_view kCompressed("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09", 11);
constexpr std::string_view kData("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01", 9);

std::string Tlv(unsigned char tag, const std::string& content) {
  std::string length;
  if (content.size() < 128) {
    length += static_cast<char>(content.size());
  } else {
    length = "\x82"s + static_cast<char>(content.size() >> 8 & 0xFF) +
             static_cast<char>(content.size() & 0xFF);
  }
  return std::string(1, static_cast<char>(tag)) + length + content;
}

std::string Indefinite(unsigned char tag, const std::string& content) {
  return std::string(1, static_cast<char>(tag)) + "\x80" + content + std::string(2, '\0');
}

std::string Identifier(std::string_view value) { return Tlv(0x06, std::string(value)); }

std::string Signed(const std::string& strings) {
  const std::string encapsulated = Tlv(0x30, Identifier(kData) + strings);
  const std::string data = Tlv(0x30, Tlv(0x02, "\x01") + Tlv(0x31, "") + encapsulated);
  return Tlv(0x30, Identifier(kSignedData) + Tlv(0xA0, data));
}

struct Seen {
  Properties properties;
  std::string content;
};

Seen Inspect(const std::string& message) {
  const MemoryContent content(std::as_bytes(std::span(message)));
  NoLimit budget;
  Seen seen;
  seen.properties = InspectCms(content, budget, [&](const Content& entity) {
    seen.content.resize(entity.size());
    EXPECT_EQ(entity.ReadAt(0, std::as_writable_bytes(std::span(seen.content))), entity.size());
  });
  return seen;
}

TEST(Cms, ShowsWhatLiesWithinASignature) {
  const Seen seen = Inspect(Signed(Tlv(0xA0, Tlv(0x04, "Content-Type: text/plain\r\n\r\nhello"))));
  EXPECT_EQ(seen.properties, Properties{Property::kOpaqueSignature});
  EXPECT_EQ(seen.content, "Content-Type: text/plain\r\n\r\nhello");
}

TEST(Cms, JoinsTheContentFromPiecesOfAnyNesting) {
  const std::string inner = Tlv(0x04, "one ") + Tlv(0x24, Tlv(0x04, "two ") + Tlv(0x04, ""));
  const std::string pieces = Indefinite(0x24, inner + Indefinite(0x24, Tlv(0x04, "three")));
  const Seen seen = Inspect(Signed(Indefinite(0xA0, pieces)));
  EXPECT_EQ(seen.properties, Properties{Property::kOpaqueSignature});
  EXPECT_EQ(seen.content, "one two three");
}

TEST(Cms, ReadsFromAnyPlaceInThePieces) {
  const std::string whole = "abcdefghij";
  const MemoryContent memory(std::as_bytes(std::span(whole)));
  PiecedContent pieces(memory);
  pieces.Add(6, 3);   // ghi
  pieces.Add(0, 2);   // ab
  pieces.Add(9, 50);  // j
  ASSERT_EQ(pieces.size(), 6u);
  for (std::size_t at = 0; at <= 6; ++at) {
    std::string text(6, '-');
    const std::size_t got = pieces.ReadAt(at, std::as_writable_bytes(std::span(text)));
    EXPECT_EQ(text.substr(0, got), std::string("ghiabj").substr(at));
  }
}

TEST(Cms, TellsWhatNobodyCanLookInto) {
  EXPECT_EQ(Inspect(Tlv(0x30, Identifier(kEnvelopedData) + Tlv(0xA0, ""))).properties,
            Properties{Property::kEncryptedMail});
  EXPECT_EQ(Inspect(Tlv(0x30, Identifier(kCompressed) + Tlv(0xA0, ""))).properties,
            Properties{Property::kUnreadable});
}

TEST(Cms, HasNothingToShowOfASignatureThatStandsBesideItsMessage) {
  const Seen seen = Inspect(Signed(""));
  EXPECT_FALSE(seen.properties.any());
  EXPECT_EQ(seen.content, "");
}

TEST(Cms, EndsWithEveryPrefixAndEveryChangedByte) {
  const std::string message = Signed(Indefinite(
      0xA0, Indefinite(0x24, Tlv(0x04, std::string(300, 'x')) + Tlv(0x24, Tlv(0x04, "two")))));
  for (std::size_t size = 0; size < message.size(); ++size) Inspect(message.substr(0, size));
  for (std::size_t at = 0; at < message.size(); ++at) {
    for (const char value : {'\0', '\x24', '\x80', '\x88', '\xFF'}) {
      std::string changed = message;
      changed[at] = value;
      Inspect(changed);
    }
  }
}

TEST(Cms, IsBoundedWhereThereAreTooManyPieces) {
  std::string pieces;
  for (int i = 0; i < 200'000; ++i) pieces += Tlv(0x04, "");
  const Seen seen = Inspect(Signed(Indefinite(0xA0, Indefinite(0x24, pieces))));
  EXPECT_TRUE(seen.properties.Has(Property::kDamaged));
}

}  // namespace
}  // namespace gatepost::attachments
