#include <gtest/gtest.h>

#include <random>

#include "common/base/strings.h"
#include "common/config/site_options.h"
#include "tests/common/config/every_option.h"

namespace gatepost::config {
namespace {

using namespace std::chrono_literals;

// The sample with each option that stands commented out ("#key = value", no blank after the "#")
// put into effect.
std::string Uncommented(std::string_view sample) {
  std::string text;
  for (std::string_view line : base::Split(sample, '\n')) {
    const bool option = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    const bool item = line.substr(0, 3) == "#  ";
    if (option || item) line.remove_prefix(1);
    text.append(line).append("\n");
  }
  return text;
}

TEST(Sample, ShowsEverySectionAndOptionWithMeaningTypeAndDefault) {
  OptionTable table("gatepost-test", "test.toml");
  Mode mode = Mode::kShadow;
  std::int64_t workers = 8;
  std::vector<std::string> domains = {"example.org"};
  table.Section("signing", "Who is signed.");
  table.Choice("mode", mode, {{"shadow", Mode::kShadow}, {"off", Mode::kOff}}, "What a rule does.");
  table.Integer("workers", workers, 1, 512,
                "How many messages are handled at once, which is a long story that needs more than "
                "one line of a comment.");
  table.TextList("domains", domains, "Ours.");
  EXPECT_EQ(table.FormatToml(),
            "# test.toml, read by gatepost-test. Every option stands here with its default,\n"
            "# commented out.\n"
            "\n"
            "# Who is signed.\n"
            "[signing]\n"
            "\n"
            "# What a rule does.\n"
            "# Takes one of \"shadow\", \"off\".\n"
            "#mode = \"shadow\"\n"
            "\n"
            "# How many messages are handled at once, which is a long story that needs more\n"
            "# than one line of a comment.\n"
            "# Takes a whole number from 1 to 512.\n"
            "#workers = 8\n"
            "\n"
            "# Ours.\n"
            "# Takes a list of texts.\n"
            "#domains = [\"example.org\"]\n");
}

TEST(Sample, ReadsBackAsTheDefaultsAsItStandsAndWithEveryLineInEffect) {
  for (const bool uncomment : {false, true}) {
    EveryOption options;
    options.domains.assign(20, "a-long-domain-name-that-needs-its-own-line.example.org");
    const EveryOption defaults = options;
    OptionTable table("gatepost-test", "test.toml");
    Declare(table, options);
    const std::string sample = table.FormatToml();
    table.Parse("[server]\nworkers = 3\n[signing]\nenabled = false\ndomains = []\n", "x");
    EXPECT_EQ(table.FormatToml(), sample) << "the sample shows defaults, not values";
    table.Parse(uncomment ? Uncommented(sample) : sample, "sample");
    EXPECT_EQ(options, defaults);
  }
}

TEST(Sample, OfTheSiteReadsBackToo) {
  SiteOptions site;
  OptionTable table("gatepost", "gatepost.toml");
  Declare(table, site);
  const std::string before = table.FormatEffective();
  table.Parse(Uncommented(table.FormatToml()), "sample");
  EXPECT_EQ(table.FormatEffective(), before);
}

TEST(Sample, KeepsWithin80Columns) {
  SiteOptions site;
  OptionTable table("gatepost", "gatepost.toml");
  Declare(table, site);
  for (const std::string_view line : base::Split(table.FormatToml(), '\n')) {
    EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(PrintConfig, ShowsValuesInEffectAndMarksWhatDiffers) {
  bool flag = false;
  auto timeout = 5000ms;
  OptionTable table("gatepost-test", "test.toml");
  table.Section("a", "A.");
  table.Flag("flag", flag, "A flag.");
  table.Section("b", "B.");
  table.Duration("timeout", timeout, 0ms, 10s, "A time.");
  table.Parse("a.flag = true", "x");
  EXPECT_EQ(table.FormatEffective(),
            "[a]\nflag = true  # not the default\n\n[b]\ntimeout = \"5s\"\n");
}

// Text from a seed: quotes, backslashes, controls, UTF-8, comment signs and brackets.
std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"\"",
                                                   "\\",
                                                   "'",
                                                   "#",
                                                   "\n",
                                                   "\t",
                                                   "\r",
                                                   "\x01",
                                                   "\x1f",
                                                   "\x7f",
                                                   "ü",
                                                   "漢",
                                                   "\xf0\x9f\x93\xac",
                                                   "[",
                                                   "]",
                                                   "=",
                                                   ",",
                                                   "a",
                                                   "Z",
                                                   "\"\"\"",
                                                   "'''",
                                                   "\\u0041",
                                                   "\\n",
                                                   "."};
  std::string text;
  for (std::size_t n = random() % 12; n > 0; --n) text += kPieces[random() % kPieces.size()];
  return text;
}

EveryOption RandomOptions(std::mt19937& random) {
  EveryOption options;
  options.enabled = random() % 2 == 0;
  options.workers = 1 + static_cast<std::int64_t>(random() % 512);
  options.timeout = std::chrono::milliseconds(10 + random() % 59'991);
  options.max_body = static_cast<std::int64_t>(random() % 1000) << (random() % 30);
  options.selector = RandomText(random);
  options.socket = RandomText(random);
  options.key_file = random() % 4 == 0 ? "" : "/etc/\"ü\\/key";
  options.domains.clear();
  for (std::size_t n = random() % 6; n > 0; --n) options.domains.push_back(RandomText(random));
  options.words.assign(random() % 20, "word");
  options.networks.clear();
  for (std::size_t n = random() % 4; n > 0; --n) {
    options.networks.push_back(base::Network::Parse("2001:db8::/32").value());
  }
  options.mode = static_cast<Mode>(random() % 3);
  return options;
}

TEST(PrintConfig, ReadsBackAsTheSameValues) {
  std::mt19937 random(20'261'122);
  for (int i = 0; i < 500; ++i) {
    EveryOption printed;
    OptionTable table("gatepost-test", "test.toml");
    Declare(table, printed);
    printed = RandomOptions(random);
    EveryOption read;
    OptionTable other("gatepost-test", "test.toml");
    Declare(other, read);
    const std::string text = table.FormatEffective();
    EXPECT_EQ(ConfigErrorOf([&] { other.Parse(text, "printed"); }), "") << text;
    EXPECT_EQ(read, printed) << text;
  }
}

TEST(Manual, IsManMacrosWithEverythingEscaped) {
  OptionTable table("gatepost-test", "test.toml");
  std::string pattern = ".a\\b";
  table.Section("signing-keys", "Who's signed.");
  table.Text("pattern", pattern, ".dots and back\\slashes, ~user's.");
  EXPECT_EQ(table.FormatManual(),
            ".SS [signing\\-keys]\n"
            "Who\\(aqs signed.\n"
            ".TP\n"
            ".B pattern\n"
            "\\&.dots and back\\eslashes, \\(tiuser\\(aqs.\n"
            "Text; default: \\fB\".a\\e\\eb\"\\fR.\n");
}

}  // namespace
}  // namespace gatepost::config
