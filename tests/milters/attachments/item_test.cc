#include "milters/attachments/item.h"

#include <gtest/gtest.h>

namespace gatepost::attachments {
namespace {

TEST(Item, IsWhatTheTypeDeclares) {
  const std::vector<std::pair<std::string, Properties>> cases{
      {"text/plain", {}},
      {"message/partial", {Property::kPartialMessage}},
      {"message/external-body", {Property::kExternalBody}},
      {"multipart/encrypted", {Property::kEncryptedMail}},
      {"application/ms-tnef", {Property::kTnef}},
  };
  for (const auto& [type, want] : cases) {
    mime::Part part;
    part.types = {type};
    part.encodings = {mime::TransferEncoding::kIdentity};
    EXPECT_EQ(ToItem(part).properties, want) << type;
  }
}

TEST(Item, IsAmbiguousWhereItHasSeveralEncodings) {
  mime::Part part;
  part.encodings = {mime::TransferEncoding::kBase64, mime::TransferEncoding::kIdentity};
  EXPECT_TRUE(ToItem(part).properties.Has(Property::kAmbiguous));
}

TEST(Item, IsSloppyAloneWhereMailClientsSeeTheSame) {
  mime::Oddities oddities;
  EXPECT_FALSE(ToProperties(oddities).any());
  oddities.Add(mime::Oddity::kNoFinalBoundary);
  EXPECT_EQ(ToProperties(oddities), Properties{Property::kMalformedMime});
  oddities.Add(mime::Oddity::kDuplicateField);
  EXPECT_EQ(ToProperties(oddities), Properties{Property::kAmbiguous});
}

TEST(Item, PeopleReadWhatAnEncodedNameSays) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(NameToShow(Names{"=?utf-8?B?UHJlaXNsaXN0ZQ==?=", "Preisliste"}), "Preisliste");
  EXPECT_EQ(NameToShow(Names{"a.txt", "=?utf-8?Q?b.txt?="}), "a.txt");
  EXPECT_EQ(NameToShow(Names{"=?utf-8?Q?b.txt?="}), "=?utf-8?Q?b.txt?=");
  EXPECT_EQ(NameToShow(Names{"what=?.txt", "other.txt"}), "what=?.txt");
  EXPECT_EQ(NameToShow({}), "");
}

TEST(Item, IsBeyondALimitWhereNotAllOfItsHeaderWasRead) {
  for (const mime::Oddity oddity :
       {mime::Oddity::kHeaderTooLong, mime::Oddity::kTooMuchHeader, mime::Oddity::kManyNames}) {
    mime::Oddities oddities;
    oddities.Add(oddity);
    EXPECT_EQ(ToProperties(oddities), Properties{Property::kTooManyParts}) << Name(oddity);
    oddities.Add(mime::Oddity::kDuplicateField);
    EXPECT_EQ(ToProperties(oddities), (Properties{Property::kTooManyParts, Property::kAmbiguous}))
        << Name(oddity);
  }
}

TEST(Item, IsFoundByAPathThatLosesItsMiddleWhereItIsLong) {
  EXPECT_EQ(PathWithin("", "a.zip"), "a.zip");
  EXPECT_EQ(PathWithin("a.zip", "b.exe"), "a.zip/b.exe");
  EXPECT_EQ(PathWithin("a.zip", ""), "a.zip/?");
  std::string path;
  for (int i = 0; i < 100; ++i) path = PathWithin(path, "archive" + std::to_string(i) + ".zip");
  EXPECT_LE(path.size(), kMostPathBytes);
  EXPECT_TRUE(path.starts_with("archive0.zip/archive1.zip/"));
  EXPECT_TRUE(path.ends_with("/archive98.zip/archive99.zip"));
}

TEST(Property, HasOneNameThatIsReadBack) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Property::kProperties); ++i) {
    const auto property = static_cast<Property>(i);
    EXPECT_EQ(ParseProperty(Name(property)), property) << i;
  }
  EXPECT_FALSE(ParseProperty("nothing"));
}

TEST(Property, TravelsAsBitsAndDropsWhatNobodyKnows) {
  const Properties properties{Property::kMacro, Property::kOutbreak, Property::kDoubleExtension};
  EXPECT_EQ(Properties::FromBits(properties.bits()), properties);
  EXPECT_EQ(Properties::FromBits(~std::uint64_t{0}).Format().find("double-extension"), 0u);
  EXPECT_EQ(properties.Format(), "double-extension,macro,outbreak");
}

}  // namespace
}  // namespace gatepost::attachments
