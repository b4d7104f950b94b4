#include "common/config/option_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <stdexcept>

#include "tests/common/config/every_option.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::config {
namespace {

using namespace std::chrono_literals;

// The options after reading `toml`; fails the test where it is refused.
EveryOption Read(std::string_view toml) {
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  EXPECT_EQ(ConfigErrorOf([&] { table.Parse(toml, "test.toml"); }), "");
  return options;
}

std::string Refusal(std::string_view toml) {
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  std::string text = ConfigErrorOf([&] { table.Parse(toml, "test.toml"); });
  EXPECT_EQ(options, EveryOption()) << "a variable changed though the file was refused";
  return text;
}

TEST(OptionTable, LeavesDefaultsWhereTheFileSaysNothing) {
  EXPECT_EQ(Read(""), EveryOption());
  EXPECT_EQ(Read("# a comment\n[signing]\n\n[server]\n"), EveryOption());
}

TEST(OptionTable, ReadsEveryType) {
  const EveryOption options = Read(R"(
    [signing]
    enabled = false
    selector = "2026\"ü\\"
    key_file = "/k"
    domains = ["a.example",
               'b.example']  # two
    mode = "enforce"
    [server]
    workers = 512
    timeout = "10ms"
    max_body = "64kB"
    networks = ["2001:db8::/32", "192.0.2.1"]
    words = []
  )");
  EXPECT_FALSE(options.enabled);
  EXPECT_EQ(options.selector, "2026\"ü\\");
  EXPECT_EQ(options.key_file, "/k");
  EXPECT_EQ(options.domains, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(options.mode, Mode::kEnforce);
  EXPECT_EQ(options.workers, 512);
  EXPECT_EQ(options.timeout, 10ms);
  EXPECT_EQ(options.max_body, 65'536);
  ASSERT_EQ(options.networks.size(), 2U);
  EXPECT_EQ(options.networks[0].Format(), "2001:db8::/32");
  EXPECT_EQ(options.networks[1].Format(), "192.0.2.1/32");
  EXPECT_TRUE(options.words.empty());
}

TEST(OptionTable, TakesDottedKeysAndByteOrderMarksAndCrLf) {
  EXPECT_FALSE(Read("signing.enabled = false\n").enabled);
  EXPECT_FALSE(Read("\xef\xbb\xbf[signing]\r\nenabled = false\r\n").enabled);
}

TEST(OptionTable, TakesTheEndsOfARangeAndRefusesWhatIsBeyond) {
  EXPECT_EQ(Read("server.workers = 1").workers, 1);
  EXPECT_EQ(Read("server.timeout = \"1m\"").timeout, 1min);
  EXPECT_NE(Refusal("server.workers = 0"), "");
  EXPECT_NE(Refusal("server.workers = 513"), "");
  EXPECT_NE(Refusal("server.timeout = \"9ms\""), "");
  EXPECT_NE(Refusal("server.timeout = \"60001ms\""), "");
}

TEST(OptionTable, TakesASizeAsWholeNumberOfBytes) {
  EXPECT_EQ(Read("server.max_body = 1000").max_body, 1000);
  EXPECT_EQ(Read("server.max_body = \"1GB\"").max_body, std::int64_t{1} << 30);
}

TEST(OptionTable, GoesBackToTheDefaultWhenALaterFileDoesNotNameAnOption) {
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  table.Parse("[server]\nworkers = 3\n[signing]\nmode = \"off\"\n", "test.toml");
  EXPECT_EQ(options.workers, 3);
  table.Parse("[server]\ntimeout = \"1s\"\n", "test.toml");
  EXPECT_EQ(options.workers, 8);
  EXPECT_EQ(options.mode, Mode::kShadow);
  EXPECT_EQ(options.timeout, 1s);
  table.Reset();
  EXPECT_EQ(options, EveryOption());
}

TEST(OptionTable, ReportsAllProblemsTogetherInTheFilesOrder) {
  EXPECT_EQ(Refusal("[server]\n"
                    "workers = 0\n"
                    "timeout = 5\n"
                    "[signing]\n"
                    "enabled = 1\n"
                    "selecter = \"x\"\n"),
            "test.toml:2:11: \"workers\" must lie between 1 and 512, but is 0\n"
            "test.toml:3:11: \"timeout\" must be a time with its unit in quotes, as \"250ms\", "
            "\"10s\", \"5m\", \"2h\" or \"7d\", but is the number 5\n"
            "test.toml:5:11: \"enabled\" must be true or false, but is the number 1\n"
            "test.toml:6:1: unknown key \"selecter\", did you mean \"selector\"?");
}

TEST(OptionTable, StopsAfterFiftyProblems) {
  std::string toml = "[server]\n";
  for (int i = 0; i < 10'000; ++i) toml += "unknown" + std::to_string(i) + " = 1\n";
  const std::string text = Refusal(toml);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 50);
  EXPECT_EQ(text.substr(text.rfind('\n') + 1), "test.toml: more problems may follow");
}

TEST(OptionTable, CutsWhatItQuotesFromTheFile) {
  const std::string text = Refusal("signing.mode = \"" + std::string(10'000, 'x') + "\"");
  EXPECT_LT(text.size(), 250U);
  EXPECT_LT(Refusal("signing." + std::string(10'000, 'x') + " = 1").size(), 250U);
}

// toml++ frees nested tables recursively: without a bound these end the process.
TEST(OptionTable, RefusesWhatNestsDeeplyWithoutUsingTheStack) {
  std::string dotted = "a";
  for (int i = 0; i < 400'000; ++i) dotted += ".a";
  EXPECT_EQ(Refusal(dotted + " = 1"),
            "test.toml:1: the line is longer than 16,384 bytes; a list may go over several");
  EXPECT_EQ(Refusal("\n[" + dotted + "]\n"),
            "test.toml:2: the line is longer than 16,384 bytes; a list may go over several");
  // The deepest that the bounds on lines and values let through.
  const std::string longest = dotted.substr(0, 16'377);
  EXPECT_NE(Refusal("[" + longest + "]\n" + longest + " = [\n{" + longest + " = [\n{" + longest +
                    " = 1}]}]\n"),
            "");
  EXPECT_NE(Refusal("a = " + std::string(10'000, '[')), "");
}

TEST(OptionTable, RefusesNulBytesInTextAndControlsInPaths) {
  EXPECT_EQ(Refusal("signing.selector = \"a\\u0000b\""),
            "test.toml:1:20: \"selector\" must not hold a NUL byte");
  EXPECT_EQ(Refusal("signing.key_file = \"/a\\nb\""),
            "test.toml:1:20: \"key_file\" must be an absolute path in quotes, but is the text "
            "\"/a\\nb\"");
  EXPECT_EQ(Read("signing.key_file = \"\"").key_file, "");
}

TEST(OptionTable, LoadsAFileAndNamesItsPathInComplaints) {
  const TemporaryFolder folder;
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  table.Load(folder.Write("good.toml", "[server]\nworkers = 3\n"));
  EXPECT_EQ(options.workers, 3);
  const std::string bad = folder.Write("bad.toml", "x = 1\n");
  EXPECT_EQ(ConfigErrorOf([&] { table.Load(bad); }),
            bad + ":1:1: unknown key \"x\" outside of a section");
  EXPECT_EQ(options.workers, 3);
}

TEST(OptionTable, RefusesFilesThatAreMissingOrTooLongOrNotFiles) {
  const TemporaryFolder folder;
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  const auto refusal = [&](const std::string& path) {
    return ConfigErrorOf([&] { table.Load(path); });
  };
  EXPECT_EQ(refusal(folder.Path("none.toml")),
            folder.Path("none.toml") + ": No such file or directory");
  EXPECT_EQ(refusal(folder.Path("")), folder.Path("") + ": not a regular file");
  const std::string longest = folder.Write("long.toml", std::string(1 << 20, '\n'));
  EXPECT_EQ(refusal(longest), "");
  const std::string longer = folder.Write("longer.toml", std::string((1 << 20) + 1, '\n'));
  EXPECT_EQ(refusal(longer), longer + ": longer than 1048576 bytes");
}

TEST(OptionTable, ThrowsALogicErrorForDeclarationsThatContradictThemselves) {
  OptionTable table("gatepost-test", "test.toml");
  bool flag = false;
  auto mode = static_cast<Mode>(9);
  table.Section("a", "A.");
  table.Flag("x", flag, "X.");
  EXPECT_THROW(table.Flag("x", flag, "X again."), std::logic_error);
  EXPECT_THROW(table.Section("a", "A again."), std::logic_error);
  EXPECT_THROW(table.Section("", "No name."), std::logic_error);
  EXPECT_THROW(table.Choice("m", mode, {{"off", Mode::kOff}}, "M."), std::logic_error);
}

TEST(OptionTable, TakesOptionsBeforeTheFirstSection) {
  OptionTable table("gatepost-test", "test.toml");
  bool flag = false;
  bool other = false;
  table.Flag("top", flag, "At the top.");
  table.Section("a", "A.");
  table.Flag("inner", other, "Within.");
  table.Parse("top = true\n[a]\ninner = true", "test.toml");
  EXPECT_TRUE(flag && other);
  EXPECT_EQ(ConfigErrorOf([&] { table.Parse("inner = true\n[a]\ntop = true\n", "f"); }),
            "f:1:1: unknown key \"inner\" outside of a section, it belongs in [a]\n"
            "f:3:1: unknown key \"top\" in [a], it belongs before the first section");
}

}  // namespace
}  // namespace gatepost::config
