#include "milters/attachments/scanner/scan_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/mime/charset.h"
#include "milters/attachments/content_names.h"

namespace gatepost::attachments {
namespace {

using namespace std::string_literals;
using testing::Each;
using testing::ElementsAre;
using testing::ResultOf;
using testing::SizeIs;

ScanOrder AnOrder() {
  ScanOrder order;
  order.number = 7;
  order.request.names = {"a.zip", "\xC3\xA4.zip"};
  order.request.declared_types = {"application/zip"};
  order.request.sha256 = true;
  order.request.budget = {3, 4, 5, 6, 7, 8, std::chrono::milliseconds(9)};
  order.size = 1ull << 40;
  return order;
}

constexpr std::array<std::byte, 3> kThreeBytes{std::byte{1}, std::byte{0}, std::byte{255}};

ScanOrder AShortOrder() {
  ScanOrder order = AnOrder();
  order.size = kThreeBytes.size();
  order.bytes = kThreeBytes;
  return order;
}

Item AnItem() {
  Item item;
  item.path = "b.eml/c.exe";
  item.member = true;
  item.names = {"c.exe"};
  item.declared_types = {"text/plain"};
  item.type = {"pe", Kind::kExecutable};
  item.bytes = 123'456'789'012;
  item.properties = {Property::kTypeMismatch, Property::kUnreadable};
  item.sha256 = std::string(64, 'a');
  return item;
}

std::vector<Frame> Samples() {
  return {Format(Order(AnOrder())),
          Format(Order(AShortOrder())),
          Format(Order(PingOrder())),
          Format(Answer(ScannerReady{true, 7, true})),
          Format(Answer(ScannerRefusal{"because"})),
          Format(Answer(ScanMember{7, AnItem()})),
          Format(Answer(ScanEnd{7,
                                {{"zip", Kind::kArchive},
                                 {Property::kBomb},
                                 std::chrono::microseconds(1'500),
                                 1ull << 33},
                                5'000}))};
}

TEST(ScanProtocol, AnOrderArrivesAsItWasGiven) {
  const auto parsed = ParseOrder(Format(Order(AnOrder())));
  ASSERT_TRUE(parsed);
  const auto& order = std::get<ScanOrder>(*parsed);
  EXPECT_EQ(order.number, 7u);
  EXPECT_EQ(order.request.names, AnOrder().request.names);
  EXPECT_EQ(order.request.declared_types, AnOrder().request.declared_types);
  EXPECT_TRUE(order.request.sha256);
  EXPECT_EQ(order.request.budget, AnOrder().request.budget);
  EXPECT_EQ(order.size, 1ull << 40);
}

TEST(ScanProtocol, AShortFileComesWithTheOrder) {
  const Frame frame = Format(Order(AShortOrder()));
  const auto parsed = ParseOrder(frame);
  ASSERT_TRUE(parsed);
  const auto& order = std::get<ScanOrder>(*parsed);
  EXPECT_EQ(order.size, 3u);
  EXPECT_TRUE(std::ranges::equal(order.bytes, kThreeBytes));
}

TEST(ScanProtocol, TheLongestOrderIsWithinAFrame) {
  const std::vector<std::byte> bytes(kMostScanBytesInside);
  ScanOrder order{1, AnOrder().request, bytes.size(), bytes};
  order.request.names.assign(kMostWireNames, std::string(kMostWireNameBytes, 'n'));
  order.request.declared_types.assign(kMostWireTypes, std::string(kMostWireTypeBytes, 't'));
  const Frame frame = Format(Order(order));
  EXPECT_LE(frame.size(), kMostFrameBytes);
  EXPECT_TRUE(ParseOrder(frame));
}

TEST(ScanProtocol, AMemberArrivesAsItWasTold) {
  const auto parsed = ParseAnswer(Format(Answer(ScanMember{7, AnItem()})));
  ASSERT_TRUE(parsed);
  const Item& item = std::get<ScanMember>(*parsed).item;
  EXPECT_EQ(item.path, "b.eml/c.exe");
  EXPECT_TRUE(item.member);
  EXPECT_THAT(item.names, ElementsAre("c.exe"));
  EXPECT_THAT(item.declared_types, ElementsAre("text/plain"));
  EXPECT_EQ(item.type.name, "pe");
  EXPECT_EQ(item.type.kind, Kind::kExecutable);
  EXPECT_EQ(item.bytes, 123'456'789'012u);
  EXPECT_EQ(item.properties, AnItem().properties);
  EXPECT_EQ(item.sha256, AnItem().sha256);
}

TEST(ScanProtocol, EveryOtherAnswerArrives) {
  const auto ready = ParseAnswer(Format(Answer(ScannerReady{true, 7, false})));
  ASSERT_TRUE(ready);
  EXPECT_EQ(std::get<ScannerReady>(*ready), (ScannerReady{true, 7, false}));
  const auto refusal = ParseAnswer(Format(Answer(ScannerRefusal{"no\nway"})));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(std::get<ScannerRefusal>(*refusal).reason, "no?way");
  const auto end = ParseAnswer(Samples().back());
  ASSERT_TRUE(end);
  EXPECT_EQ(std::get<ScanEnd>(*end).peak_kilobytes, 5'000u);
  const ScanResult& result = std::get<ScanEnd>(*end).result;
  EXPECT_EQ(result.properties, Properties({Property::kBomb}));
  EXPECT_EQ(result.spent, std::chrono::microseconds(1'500));
  EXPECT_EQ(result.unpacked, 1ull << 33);
}

TEST(ScanProtocol, WhatIsTooLongIsCutToWhatArrives) {
  Item item = AnItem();
  item.path = std::string(5'000, 'p') + "\n\x80";
  item.names.assign(100, std::string(2'046, 'n') + "\xE2\x82\xAC\xE2\x82\xAC");
  item.names[1] = "broken \x80";
  item.declared_types.assign(100, std::string(5'000, 't'));
  item.sha256 = "none";
  const Frame frame = Format(Answer(ScanMember{1, item}));
  EXPECT_LE(frame.size(), kMostFrameBytes);
  const auto parsed = ParseAnswer(frame);
  ASSERT_TRUE(parsed) << parsed.error().message;
  const Item& told = std::get<ScanMember>(*parsed).item;
  EXPECT_THAT(told.path, SizeIs(testing::Le(kMostPathBytes)));
  EXPECT_TRUE(told.path.starts_with(std::string(500, 'p')));
  EXPECT_THAT(told.names, SizeIs(kMostWireNames));
  EXPECT_EQ(told.names[0], std::string(2'046, 'n'));
  EXPECT_EQ(told.names[1], "broken ?");
  EXPECT_THAT(told.names, Each(ResultOf(mime::IsUtf8, true)));
  EXPECT_THAT(told.declared_types, SizeIs(kMostWireTypes));
  EXPECT_EQ(told.sha256, "");
}

TEST(ScanProtocol, NoPrefixOfAFrameIsOneAndNothingMayFollow) {
  for (const Frame& frame : Samples()) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      EXPECT_FALSE(ParseOrder(std::span(frame).first(size)));
      EXPECT_FALSE(ParseAnswer(std::span(frame).first(size)));
    }
    Frame longer = frame;
    longer.push_back(std::byte(0));
    EXPECT_FALSE(ParseOrder(longer));
    EXPECT_FALSE(ParseAnswer(longer));
  }
}

TEST(ScanProtocol, AnotherReleasesFramesAreRefused) {
  for (Frame frame : Samples()) {
    frame[0] = std::byte(kScanProtocolVersion + 1);
    EXPECT_FALSE(ParseOrder(frame));
    EXPECT_FALSE(ParseAnswer(frame));
  }
}

TEST(ScanProtocol, OneDirectionIsNotTakenForTheOther) {
  EXPECT_FALSE(ParseAnswer(Format(Order(AnOrder()))));
  EXPECT_FALSE(ParseAnswer(Format(Order(PingOrder()))));
  EXPECT_FALSE(ParseOrder(Format(Answer(ScannerReady()))));
}

struct Forgery {
  std::string what;
  std::string from;
  std::string to;
};

TEST(ScanProtocol, ForgedMembersAreRefused) {
  const Frame frame = Format(Answer(ScanMember{7, AnItem()}));
  const std::string bytes(reinterpret_cast<const char*>(frame.data()), frame.size());
  for (const Forgery& forgery :
       std::vector<Forgery>{{"a control in the path", "b.eml", "b\neml"},
                            {"what turns the path around", "b.eml", "b\xE2\x80\xAEl"},
                            {"no UTF-8 in the name", "c.exe\x01", "c.\xFFxe\x01"},
                            {"no type's name", "pe", "P!"},
                            {"a type that nobody knows", "pe", "qe"},
                            {"no type", "\x02\0pe"s, "\0\0"s},
                            {"no SHA-256", "aaaa", "aaAa"}}) {
    std::string forged = bytes;
    const std::size_t at = forged.find(forgery.from);
    ASSERT_NE(at, forged.npos) << forgery.what;
    forged.replace(at, forgery.from.size(), forgery.to);
    EXPECT_FALSE(ParseAnswer(std::as_bytes(std::span(forged)))) << forgery.what;
  }
}

TEST(ScanProtocol, UnknownKindsAndPropertiesAreRefused) {
  Frame frame = Format(Answer(ScanEnd{1, {{"zip", Kind::kMail}, {}, {}, 0}, 0}));
  ASSERT_TRUE(ParseAnswer(frame));
  const std::size_t kind = 2 + 4 + 2 + 3;
  frame[kind] = std::byte(static_cast<std::uint8_t>(Kind::kMail) + 1);
  EXPECT_FALSE(ParseAnswer(frame));
  frame[kind] = std::byte(0);
  frame[kind + 8] = std::byte(0x80);
  EXPECT_FALSE(ParseAnswer(frame));
}

// Where it stands in the frame of an end whose type has an "unknown" name.
constexpr std::size_t kPropertiesOfEnd = 2 + 4 + 2 + 7 + 1;

TEST(ScanProtocol, AScannerCannotClaimWhatIsNotItsToFind) {
  const Properties not_its{
      Property::kDoubleExtension,  Property::kDeceptiveName, Property::kTrailingDots,
      Property::kControlInName,    Property::kLongName,      Property::kNamesDiffer,
      Property::kUnscanned,        Property::kListed,        Property::kMalware,
      Property::kMalwareUnchecked, Property::kOutbreak};
  for (std::size_t one = 0; one < static_cast<std::size_t>(Property::kProperties); ++one) {
    const auto property = static_cast<Property>(one);
    Frame frame = Format(Answer(ScanEnd{}));
    frame[kPropertiesOfEnd + one / 8] = std::byte(1u << one % 8);
    EXPECT_EQ(ParseAnswer(frame).has_value(), !not_its.Has(property)) << Name(property);
    // Whatever it is, what is sent can be understood.
    const auto parsed = ParseAnswer(Format(Answer(ScanEnd{1, {{}, {property}, {}, 0}, 0})));
    ASSERT_TRUE(parsed) << Name(property);
    EXPECT_EQ(std::get<ScanEnd>(*parsed).result.properties.any(), !not_its.Has(property));
  }
}

TEST(ScanProtocol, TypesAreThoseThatAreKnown) {
  for (const std::string& name : ContentNames()) {
    const auto parsed = ParseAnswer(Format(Answer(ScanEnd{1, {{name, Kind::kMail}, {}}, 0})));
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(std::get<ScanEnd>(*parsed).result.type.name, name);
  }
  const auto parsed = ParseAnswer(Format(Answer(ScanEnd{1, {{"other", Kind::kMail}, {}}, 0})));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<ScanEnd>(*parsed).result.type.name, "unknown");
}

TEST(ContentNames, AreKeptAsLongAsTheProgram) {
  const auto first = KnownContentName("bzip2");
  const auto second = KnownContentName(std::string("bzip2"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->data(), second->data());
  for (const std::string name : {"", "Bzip2", "bzip", "bzip22", "zzz"}) {
    EXPECT_FALSE(KnownContentName(name)) << name;
  }
}

}  // namespace
}  // namespace gatepost::attachments
