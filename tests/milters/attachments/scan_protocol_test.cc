#include "milters/attachments/scanner/scan_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/mime/charset.h"
#include "milters/attachments/scanner/type_names.h"

namespace gatepost::attachments {
namespace {

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
  item.properties = {Property::kTypeMismatch, Property::kOutbreak};
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
                            {"no SHA-256", "aaaa", "aaAa"}}) {
    std::string forged = bytes;
    const std::size_t at = forged.find(forgery.from);
    ASSERT_NE(at, forged.npos) << forgery.what;
    forged.replace(at, forgery.from.size(), forgery.to);
    EXPECT_FALSE(ParseAnswer(std::as_bytes(std::span(forged)))) << forgery.what;
  }
}

TEST(ScanProtocol, UnknownKindsAndPropertiesAreRefused) {
  Frame frame = Format(Answer(ScanEnd{1, {{"", Kind::kMail}, {}, {}, 0}, 0}));
  ASSERT_TRUE(ParseAnswer(frame));
  const std::size_t kind = 2 + 4 + 2;
  frame[kind] = std::byte(static_cast<std::uint8_t>(Kind::kMail) + 1);
  EXPECT_FALSE(ParseAnswer(frame));
  frame[kind] = std::byte(0);
  frame[kind + 8] = std::byte(0x80);
  EXPECT_FALSE(ParseAnswer(frame));
}

TEST(TypeNames, AreKeptOnceAndBounded) {
  const auto first = KeepTypeName("bzip2");
  const auto second = KeepTypeName(std::string("bzip2"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->data(), second->data());
  EXPECT_FALSE(KeepTypeName("Bzip2"));
  EXPECT_FALSE(KeepTypeName(std::string(kMostTypeNameBytes + 1, 'a')));
}

}  // namespace
}  // namespace gatepost::attachments
