#include "common/store/keys.h"

#include <array>
#include <fstream>
#include <iterator>
#include <regex>

namespace gatepost::store {
namespace {

TEST(Keys, InputCannotLeaveItsPlace) {
  EXPECT_EQ(KeyMaker::Records("mx}1", "4X{Y:Z").text(), "gp:records:{mx%7d1:4X%7bY%3aZ}");
  EXPECT_EQ(KeyMaker::Counter("dkim", "signed total", 28'333'333).text(),
            "gp:count:{dkim}:signed%20total:28333333");
  EXPECT_EQ(KeyMaker::Fact("mx", "4XYZ", "auth\r\n").text(), "gp:fact:{mx:4XYZ}:auth%0d%0a");
  EXPECT_EQ(KeyMaker::Admin("suspensions").text(), "gp:admin:{suspensions}");
}

std::string Source(const std::string& file) {
  std::ifstream stream(std::string(GATEPOST_SOURCE_DIR) + "/common/store/" + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Keys, EachKindHasItsRowInTheReadme) {
  const std::string readme = Source("README.md");
  const std::string source = Source("keys.cc");
  const std::regex kind("Make\\(\"([a-z_]+)\"");
  std::size_t kinds = 0;
  for (std::sregex_iterator at(source.begin(), source.end(), kind), end; at != end; ++at, ++kinds) {
    EXPECT_NE(readme.find("`" + (*at)[1].str() + "`"), readme.npos) << (*at)[1].str();
  }
  EXPECT_GT(kinds, 30u);
}

TEST(Keys, TheGreylistsKeysOfANetworkShareATag) {
  const std::array keys{KeyMaker::GreylistProofs("2001:db8::"),
                        KeyMaker::GreylistWait("2001:db8::", "", "bob@example.org"),
                        KeyMaker::GreylistWait("2001:db8::", "a}b", "{x:y}")};
  EXPECT_EQ(keys[0].text(), "gp:greylist_proofs:{2001%3adb8%3a%3a}");
  EXPECT_EQ(keys[1].text(), "gp:greylist_wait:{2001%3adb8%3a%3a}::bob@example.org");
  EXPECT_EQ(keys[2].text(), "gp:greylist_wait:{2001%3adb8%3a%3a}:a%7db:%7bx%3ay%7d");
  EXPECT_TRUE(ShareHashTag(keys));
}

TEST(Keys, WhatIsRememberedOfSendersAndReported) {
  EXPECT_EQ(KeyMaker::Reputation("net 2001:db8::/64").text(),
            "gp:reputation:{net%202001%3adb8%3a%3a%2f64}");
  EXPECT_EQ(KeyMaker::Reputation("stream bulk of example.org").text(),
            "gp:reputation:{stream%20bulk%20of%20example.org}");
  EXPECT_EQ(KeyMaker::ReportDomains(20'000, 7).text(), "gp:reportdomains:{20000:7}");
  EXPECT_EQ(KeyMaker::Report("example.org", 20'000).text(), "gp:report:{example.org}:20000");
  EXPECT_EQ(KeyMaker::ReportRows("example.org", 20'000, 7).text(),
            "gp:report:{example.org}:20000:rows:7");
}

TEST(Keys, ATildeOfTheInputIsEncodedSoThatOnlyAHashShowsOne) {
  EXPECT_EQ(EncodeKeyPart("a~b"), "a%7eb");
}

TEST(Keys, InputOfUpTo128EncodedBytesStaysWhole) {
  EXPECT_EQ(EncodeKeyPart(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(EncodeKeyPart(""), "");
}

TEST(Keys, LongerInputEndsInAHashOfTheWhole) {
  std::string input(5'000, 'a');
  const std::string one = EncodeKeyPart(input);
  input.back() = 'b';
  const std::string two = EncodeKeyPart(input);
  EXPECT_EQ(one.size(), 80U + 1 + 32);
  EXPECT_EQ(one.substr(0, 80), std::string(80, 'a'));
  EXPECT_EQ(one[80], '~');
  EXPECT_NE(one, two);
  EXPECT_EQ(two, EncodeKeyPart(input));
}

TEST(Keys, TheHashIsFnv1aOf128Bits) {
  // Computed by an implementation in Python: offset 0x6c62…c58d, prime 2^88 + 0x13b.
  EXPECT_EQ(EncodeKeyPart(std::string(129, 'x')).substr(81), "b148f558b8de720871f472015a96e677");
}

TEST(Keys, TheHashTagIsReadAsRedisClusterReadsIt) {
  EXPECT_EQ(HashTag("gp:lease:{reports}"), "reports");
  EXPECT_EQ(HashTag("a{b}{c}"), "b");
  EXPECT_EQ(HashTag("a{}b"), "a{}b");
  EXPECT_EQ(HashTag("a{b"), "a{b");
  EXPECT_EQ(HashTag("ab"), "ab");
}

}  // namespace
}  // namespace gatepost::store
