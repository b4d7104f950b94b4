// Searches of many bytes at a time find what a search byte by byte finds.
#include "common/mime/line_search.h"

#include <random>

#include "common/mime/boundaries.h"

namespace gatepost::mime {
namespace {

std::size_t DashesByByte(std::string_view text, bool at_line_start) {
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    const bool starts = at == 0 ? at_line_start : text[at - 1] == '\r' || text[at - 1] == '\n';
    if (starts && text.substr(at, 2) == "--") return at;
  }
  return text.npos;
}

TEST(LineSearch, FindsWhatASearchByByteFinds) {
  constexpr std::string_view kDrawn = "\r\n--=x";
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 80, 'y');
    for (std::size_t i = random() % 8; i > 0 && !text.empty(); --i) {
      text[random() % text.size()] = kDrawn[random() % kDrawn.size()];
    }
    for (const bool start : {false, true}) {
      ASSERT_EQ(FindDashes(text, start), DashesByByte(text, start)) << text;
    }
    const std::size_t from = random() % 90;
    ASSERT_EQ(FindLineEnd(text, from), text.find_first_of("\r\n", from)) << text;
    ASSERT_EQ(FindLineEndOrEquals(text), text.find_first_of("\r\n=")) << text;
  }
}

TEST(Boundaries, AreFoundByTheLongestAndOfEqualOnesTheInnermost) {
  Boundaries boundaries;
  EXPECT_FALSE(boundaries.Find("b"));
  boundaries.Add("b", 0);
  boundaries.Add("bcd", 1);
  boundaries.Add("b", 3);
  boundaries.Add("bce", 2);
  boundaries.Add("\xFF", 2);
  const auto depth = [&](std::string_view text) {
    const auto match = boundaries.Find(text);
    return match ? static_cast<int>(match->depth) : -1;
  };
  EXPECT_EQ(depth("b"), 3);
  EXPECT_EQ(depth("bc"), 3);
  EXPECT_EQ(depth("bcd--"), 1);
  EXPECT_EQ(depth("bcef"), 2);
  EXPECT_EQ(depth("\xFF\xFF"), 2);
  EXPECT_EQ(depth("a"), -1);
  EXPECT_EQ(depth(""), -1);
  boundaries.RemoveFrom(1);
  EXPECT_EQ(depth("bcd"), 0);
}

}  // namespace
}  // namespace gatepost::mime
