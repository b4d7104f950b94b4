#include "tools/cli/command.h"

#include <sstream>

namespace gatepost::cli {
namespace {

using std::string_literals::operator""s;

constexpr std::array<std::string_view, 2> kOptions{"until", "why"};

TEST(Arguments, KeepsWordsAndOptionsApart) {
  const std::vector words{"set"s, "--why"s, "a party"s, "alice"s};
  Arguments arguments(words, kOptions);
  EXPECT_EQ(arguments.words(), (std::vector{"set"s, "alice"s}));
  EXPECT_EQ(arguments.Option("why"), "a party");
  EXPECT_EQ(arguments.Option("until"), "");
}

std::string Problem(const std::vector<std::string>& words) {
  try {
    Arguments arguments(words, kOptions);
    arguments.Take("a user");
    arguments.Finish();
    return "none";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Arguments, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(Problem({"alice"}), "none");
  EXPECT_EQ(Problem({}), "needs a user");
  EXPECT_EQ(Problem({"alice", "bob"}), "does not know what \"bob\" is");
  EXPECT_EQ(Problem({"alice", "--wy", "x"}), "unknown option --wy");
  EXPECT_EQ(Problem({"alice", "--why"}), "--why needs a value");
}

TEST(Columns, AreAsWideAsTheyNeed) {
  Columns columns;
  columns.Add({"a", "long word", "x"});
  columns.Add({"four", "b", "yy"});
  std::ostringstream out;
  columns.Print(out, "  ");
  EXPECT_EQ(out.str(), "  a     long word  x\n  four  b          yy\n");
}

TEST(FormatTime, IsInUtc) {
  EXPECT_EQ(FormatTime(FromMilliseconds(1'700'000'000'123)), "2023-11-14 22:13:20");
}

}  // namespace
}  // namespace gatepost::cli
