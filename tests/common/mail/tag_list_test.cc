#include "common/mail/tag_list.h"

#include <gtest/gtest.h>

namespace gatepost::mail {
namespace {

constexpr TagList::Limits kLimits{.max_bytes = 64 * 1024, .max_tags = 64};

// "name=value|name=value", or "error".
std::string Tags(std::string_view text) {
  const auto list = TagList::Parse(text, kLimits);
  if (!list) return "error";
  std::string tags;
  for (std::size_t i = 0; i < list->size(); ++i) {
    tags += (i == 0 ? "" : "|") + std::string(list->at(i).name) + '=';
    tags += list->at(i).value;
  }
  return tags;
}

TEST(TagList, IsReadAsRfc6376Section32HasIt) {
  const struct {
    std::string text, want;
  } cases[] = {
      {"v=1", "v=1"},
      {"v=1;", "v=1"},
      {"v=1; ", "v=1"},
      {" v = 1 ; a = rsa-sha256 ", "v=1|a=rsa-sha256"},
      {"p=", "p="},
      {"v=DKIM1; p=", "v=DKIM1|p="},
      {"p= ;t=s", "p=|t=s"},
      {"b=AB\r\n\tCD\r\n EF", "b=AB\r\n\tCD\r\n EF"},
      {"\n\tv=1;\n\ta=x\n\t", "v=1|a=x"},
      {"v\n =\n 1", "v=1"},
      {"b=abc==", "b=abc=="},
      {"s=a;S=b", "s=a|S=b"},
      {"a_1=x;z9=y", "a_1=x|z9=y"},
      {"z=From:foo@eng.example.net|To:joe", "z=From:foo@eng.example.net|To:joe"},
      {"b=2;a=1", "b=2|a=1"},
      {"d=münchen.example", "d=münchen.example"},  // RFC 8616
      {"v=DMARC1; p=none; rua=mailto:d@example.org!10m",
       "v=DMARC1|p=none|rua=mailto:d@example.org!10m"},
      // no list
      {"", "error"},
      {" ", "error"},
      {";", "error"},
      {";v=1", "error"},
      {"v=1;;", "error"},
      {"v=1;;a=2", "error"},
      {"v=1; ;a=2", "error"},
      {"v", "error"},
      {"v=1;a", "error"},
      {"=1", "error"},
      {" =1", "error"},
      {"1v=1", "error"},
      {"_v=1", "error"},
      {"v-1=1", "error"},
      {"v w=1", "error"},
      {"ü=1", "error"},
      {"v=1;v=1", "error"},
      {"v=1;a=2;v =3", "error"},
      {"v=1\n", "error"},
      {"v=1\r 2", "error"},
      {"v=1\n2", "error"},
      {std::string("v=1\0", 4), "error"},
      {"v=\x01", "error"},
      {"v=\x7f", "error"},
      {"v=\xff", "error"},
  };
  for (const auto& c : cases) EXPECT_EQ(Tags(c.text), c.want) << testing::PrintToString(c.text);
}

TEST(TagList, TellsAnEmptyValueFromAMissingTag) {
  const auto list = TagList::Parse("v=DKIM1; p=", kLimits);
  EXPECT_EQ(list->Find("p"), "");
  EXPECT_EQ(list->Find("P"), std::nullopt);
  EXPECT_EQ(list->Find("k"), std::nullopt);
}

TEST(TagList, StaysValidWhenItMoves) {
  auto list = TagList::Parse("v=1", kLimits);
  const TagList moved = std::move(*list);
  EXPECT_EQ(moved.Find("v"), "1");
}

TEST(TagList, ShowsWhatTheHashLeavesOutOfB) {
  const struct {
    std::string text, want;
  } cases[] = {
      {"v=1; b=ABC; d=x", "v=1; b=; d=x"}, {"v=1; b= AB\r\n C \r\n ; d=x", "v=1; b=; d=x"},
      {"v=1; b = ABC", "v=1; b ="},        {"b=\r\n\tABC\r\n ", "b="},
      {"bh=b=; b=", "bh=b=; b="},
  };
  for (const auto& c : cases) {
    const auto span = TagList::Parse(c.text, kLimits)->ValueSpan("b");
    ASSERT_TRUE(span);
    EXPECT_EQ(std::string(c.text).erase(span->begin, span->size()), c.want);
  }
  EXPECT_EQ(TagList::Parse("v=1", kLimits)->ValueSpan("b"), std::nullopt);
}

TEST(TagList, HasTheBoundsOfItsCaller) {
  const auto kind = [](std::string_view text, TagList::Limits limits) {
    return TagList::Parse(text, limits).error().kind;
  };
  EXPECT_TRUE(TagList::Parse("a=1;b=2;", {.max_bytes = 8, .max_tags = 2}));
  EXPECT_EQ(kind("a=1;b=2;", {.max_bytes = 7, .max_tags = 2}), base::ErrorKind::kLimit);
  EXPECT_EQ(kind("a=1;b=2;", {.max_bytes = 8, .max_tags = 1}), base::ErrorKind::kLimit);
}

TEST(TagList, TakesAHundredThousandTags) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "t" + std::to_string(i) + "=v;";
  const TagList::Limits limits{.max_bytes = text.size(), .max_tags = 100'000};
  EXPECT_EQ(TagList::Parse(text, limits)->size(), 100'000u);
  text += "t7=v";
  EXPECT_FALSE(TagList::Parse(text, {.max_bytes = text.size(), .max_tags = 100'001}));
}

TEST(TagList, ValuesLoseTheirWhiteSpaceOnDemand) {
  EXPECT_EQ(RemoveWhiteSpace(" AB\r\n\tC D "), "ABCD");
}

}  // namespace
}  // namespace gatepost::mail
