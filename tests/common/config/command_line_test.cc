#include "common/config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "tests/common/config/every_option.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Takes the place of a stream's buffer while it lives.
class Capture {
 public:
  explicit Capture(std::ostream& stream) : stream_(stream), saved_(stream.rdbuf(text_.rdbuf())) {}
  ~Capture() { stream_.rdbuf(saved_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* saved_;
};

struct Outcome {
  std::optional<int> status;
  std::string out;
  std::string err;
  EveryOption options;
  SiteOptions site;
  ConfigFiles files;
};

Outcome Invoke(std::vector<std::string> words, std::function<void()> check = {}) {
  words.insert(words.begin(), "gatepost-test");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Outcome outcome;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, outcome.options);
  const Capture out(std::cout);
  const Capture err(std::cerr);
  const Start start = ReadCommandLine(static_cast<int>(words.size()), argv.data(),
                                      {"Tests things.", table, outcome.site, std::move(check)});
  outcome.status = start.exit_status;
  outcome.files = start.files;
  outcome.out = out.text();
  outcome.err = err.text();
  return outcome;
}

class CommandLineTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string good_ = folder_.Write("test.toml", "[server]\nworkers = 3\n");
  std::string bad_ = folder_.Write("bad.toml", "[server]\nworkerz = 3\n");
  std::string site_ = folder_.Write("site.toml", "[identity]\nhostname = \"mx.example.org\"\n");
  std::string bad_site_ = folder_.Write("bad_site.toml", "[log]\nlevel = \"loud\"\n");
};

TEST_F(CommandLineTest, ServesWithBothFilesRead) {
  const Outcome outcome = Invoke({"-c", good_, "--site", site_});
  EXPECT_EQ(outcome.status, std::nullopt);
  EXPECT_EQ(outcome.options.workers, 3);
  EXPECT_EQ(outcome.site.identity.hostname, "mx.example.org");
  EXPECT_EQ(outcome.files.program_path, good_);
  EXPECT_EQ(outcome.files.site_path, site_);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(CommandLineTest, TakesLongOptionsWithAnEqualsSign) {
  EXPECT_EQ(Invoke({"--config=" + good_, "--site=" + site_}).status, std::nullopt);
}

TEST_F(CommandLineTest, ReadsItsFilesBelowEtcByDefault) {
  const Outcome outcome = Invoke({"--help"});
  EXPECT_EQ(outcome.files.program_path, "/etc/gatepost/test.toml");
  EXPECT_EQ(outcome.files.site_path, "/etc/gatepost/gatepost.toml");
  EXPECT_TRUE(outcome.files.site_may_be_missing);
}

TEST_F(CommandLineTest, RefusesAMissingSiteFileThatWasNamed) {
  const Outcome outcome = Invoke({"-c", good_, "--site", "/nonexistent/gatepost.toml"});
  EXPECT_EQ(outcome.status, 78);
  EXPECT_EQ(outcome.err, "/nonexistent/gatepost.toml: No such file or directory\n");
}

TEST_F(CommandLineTest, TakesAMissingSiteFileAtItsDefaultPathAsDefaults) {
  ConfigFiles files{good_, folder_.Path("none.toml"), true};
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  SiteOptions site;
  LoadFiles(files, table, site);
  EXPECT_EQ(site.store.url, "memory:");
  EXPECT_NE(site.identity.hostname, "");
}

TEST_F(CommandLineTest, RefusesASiteFileAtItsDefaultPathThatIsWrong) {
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  SiteOptions site;
  EXPECT_THROW(LoadFiles({good_, bad_site_, true}, table, site), ConfigError);
}

TEST_F(CommandLineTest, ReportsTheProblemsOfBothFiles) {
  const Outcome outcome = Invoke({"-c", bad_, "--site", bad_site_});
  EXPECT_EQ(outcome.status, 78);
  EXPECT_EQ(outcome.err, bad_site_ +
                             ":2:9: \"level\" must be one of \"debug\", \"info\", \"warning\", "
                             "\"error\", but is the text \"loud\"\n" +
                             bad_ + ":2:1: unknown key \"workerz\", did you mean \"workers\"?\n");
}

TEST_F(CommandLineTest, SaysWhetherAConfigurationIsGood) {
  const Outcome good = Invoke({"--check-config", "-c", good_, "--site", site_});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.out, "configuration is good\n");
  const Outcome bad = Invoke({"--check-config", "-c", bad_, "--site", site_});
  EXPECT_EQ(bad.status, 78);
  EXPECT_EQ(bad.out, "");
  EXPECT_EQ(bad.err, bad_ + ":2:1: unknown key \"workerz\", did you mean \"workers\"?\n");
}

TEST_F(CommandLineTest, ChecksThoroughlyOnlyWhenAsked) {
  const auto fail = [] { throw ConfigError("key.pem: cannot be read"); };
  const Outcome checked = Invoke({"--check-config", "-c", good_, "--site", site_}, fail);
  EXPECT_EQ(checked.status, 78);
  EXPECT_EQ(checked.err, "key.pem: cannot be read\n");
  EXPECT_EQ(checked.out, "");
  EXPECT_EQ(Invoke({"-c", good_, "--site", site_}, fail).status, std::nullopt);
}

TEST_F(CommandLineTest, PrintsTheValuesInEffectOfBothFiles) {
  const Outcome outcome = Invoke({"--print-config", "-c", good_, "--site", site_});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, StartsWith("# " + site_ +
                                      "\n[identity]\nhostname = \"mx.example.org\"  # not the "
                                      "default\nauthserv_id = \"mx.example.org\""));
  EXPECT_THAT(outcome.out, HasSubstr("\n# " + good_ + "\n[signing]\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\nworkers = 3  # not the default\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\ntimeout = \"5s\"\n"));
}

TEST_F(CommandLineTest, PrintsSamplesAndManualWithoutReadingAFile) {
  EXPECT_THAT(Invoke({"--print-sample"}).out, HasSubstr("\n#workers = 8\n"));
  EXPECT_THAT(Invoke({"--print-sample=site"}).out, HasSubstr("\n#url = \"memory:\"\n"));
  EXPECT_THAT(Invoke({"--print-manual-options"}).out, HasSubstr(".B workers\n"));
  EXPECT_THAT(Invoke({"--print-manual-options=site"}).out, HasSubstr(".B url\n"));
  EXPECT_EQ(Invoke({"--print-sample", "-c", "/nonexistent"}).status, 0);
}

TEST_F(CommandLineTest, PrintsHelpAndVersion) {
  const Outcome help = Invoke({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, StartsWith("Usage: gatepost-test [option]...\nTests things.\n"));
  EXPECT_THAT(help.out, HasSubstr("/etc/gatepost/test.toml\n"));
  EXPECT_THAT(Invoke({"--version"}).out, testing::MatchesRegex("gatepost-test [0-9.]+\n"));
}

TEST_F(CommandLineTest, RefusesWrongUsageWithStatus64) {
  struct Case {
    std::vector<std::string> words;
    std::string_view want;
  };
  const Case cases[] = {
      {{"--selecter"}, "unknown option \"--selecter\""},
      {{"-x"}, "unknown option \"-x\""},
      {{"-xc"}, "unknown option \"-x\""},
      {{"--help=me"}, "unknown option \"--help=me\""},
      {{"-c"}, "option \"-c\" needs a file"},
      {{"--site"}, "option \"--site\" needs a file"},
      {{"serve"}, "unexpected \"serve\""},
      {{"--", "-c"}, "unexpected \"-c\""},
      {{"--print-sample=all"}, "the only value here is \"site\", not \"all\""},
      {{"--help", "--check-config"},
       "only one of --check-config, --print-..., --version and --help at a time"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = Invoke(c.words);
    EXPECT_EQ(outcome.status, 64);
    EXPECT_EQ(outcome.err,
              "gatepost-test: " + std::string(c.want) + "; see gatepost-test --help\n");
    EXPECT_EQ(outcome.out, "");
  }
}

TEST_F(CommandLineTest, FailsWhereItCannotPrint) {
  EveryOption options;
  SiteOptions site;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  std::string name = "gatepost-test";
  std::string version = "--version";
  char* const argv[] = {name.data(), version.data(), nullptr};
  const Capture err(std::cerr);
  std::cout.setstate(std::ios::badbit);
  EXPECT_EQ(ReadCommandLine(2, argv, {"", table, site, {}}).exit_status, kExitCannotPrint);
  std::cout.clear();
}

}  // namespace
}  // namespace gatepost::config
