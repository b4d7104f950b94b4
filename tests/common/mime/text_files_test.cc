#include "common/mime/text_files.h"

#include <vector>

namespace gatepost::mime {
namespace {

using testing::ElementsAre;

struct Found : TextFiles::Sink {
  std::vector<std::string> names;
  std::string content;
  std::vector<bool> ends;

  void OnTextFile(TextEncoding, std::string_view name) override { names.emplace_back(name); }
  void OnTextFileContent(std::span<const std::byte> bytes) override {
    content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void OnTextFileEnd(bool whole) override { ends.push_back(whole); }
};

Found Search(std::string_view text, std::size_t piece = 1'000) {
  Found found;
  TextFiles files(found);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    files.Feed(text.substr(0, piece));
  }
  files.Finish();
  return found;
}

constexpr std::string_view kUuencoded =
    "Hello\r\nbegin 644 evil.exe\r\n%35H0``,`\r\n`\r\nend\r\nbye\r\n";

TEST(TextFiles, FindUuencodeCutAnywhere) {
  for (std::size_t piece = 1; piece < 20; ++piece) {
    const auto found = Search(kUuencoded, piece);
    EXPECT_THAT(found.names, ElementsAre("evil.exe"));
    EXPECT_EQ(found.content.substr(0, 2), "MZ");
    EXPECT_EQ(found.content.size(), 5);
    EXPECT_THAT(found.ends, ElementsAre(true));
  }
}

TEST(TextFiles, FindTheOtherEncodings) {
  EXPECT_EQ(Search("begin-base64 644 evil.exe\nTVqQAAMA\n====\n").content,
            std::string("MZ\x90\0\3\0", 6));
  const auto yenc =
      Search("=ybegin line=128 size=3 name=evil file.exe\r\nw\x84\xBA\r\n=yend size=3\r\n");
  EXPECT_THAT(yenc.names, ElementsAre("evil file.exe"));
  EXPECT_EQ(yenc.content, "MZ\x90");
  EXPECT_THAT(Search("(This file must be converted with BinHex 4.0)\n:abc\n").names,
              ElementsAre(""));
}

// "A" eleven times, written as a run of so many.
TEST(TextFiles, FindBinHexWithItsNameAndItsRuns) {
  constexpr std::string_view kText =
      "(This file must be converted with BinHex 4.0)\r\n\r\n"
      ":#'9fD@`ZCAKP!%&38%a84908!!!!!!!,!!!!!(K43C!\r\n,!!!!!!!!:\r\n";
  for (std::size_t piece = 1; piece < 20; ++piece) {
    const auto found = Search(kText, piece);
    EXPECT_THAT(found.names, ElementsAre("evil.exe"));
    EXPECT_THAT(found.ends, ElementsAre(true));
    EXPECT_EQ(found.content.size(), 11);
  }
}

TEST(TextFiles, LeaveMostOfWhatRunsMakeOfLittle) {
  std::string text =
      "(This file must be converted with BinHex 4.0)\n"
      ":#'9fD@`ZCAKP!%&38%a84908!!$rrrrr!!!!!+Z!3C\n";
  for (int i = 0; i < 10'000; ++i) text += "$rN2q3rj\n";
  EXPECT_GT(Search(text).content.size(), text.size());
  EXPECT_LT(Search(text).content.size(), 10 * text.size());
}

TEST(TextFiles, LeaveProseAlone) {
  for (const std::string_view text : {"begin the day well\n", "begin 6 things\n", "begin 644\n",
                                      "  begin 644 a.txt\n", "=y\n", "beginning 644 a\n"}) {
    EXPECT_TRUE(Search(text).names.empty()) << text;
  }
}

TEST(TextFiles, TellOfOnesWithoutAnEnd) {
  EXPECT_THAT(Search("begin 644 a.exe\n%35H0``,`\n").ends, ElementsAre(false));
  EXPECT_THAT(Search("begin 644 a.exe\n%35H0``,`\nprose ends it too.\n").ends, ElementsAre(false));
}

TEST(TextFiles, FindsTheSecondOne) {
  EXPECT_THAT(Search("begin 644 a\n`\nend\nbegin 755 b\n`\nend").names, ElementsAre("a", "b"));
}

TEST(TextFiles, TakesLinesOfAnyLength) {
  EXPECT_TRUE(Search(std::string(1'000'000, 'b')).names.empty());
  EXPECT_THAT(Search("begin 644 a\n" + std::string(1'000'000, 'M')).ends, ElementsAre(false));
}

}  // namespace
}  // namespace gatepost::mime
