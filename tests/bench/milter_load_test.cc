// The load generator against the milter that does what messages tell it: what it prints is what
// happened.
#include <fstream>

#include "tests/bench/load_script.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::bench {
namespace {

using support::Program;
using ::testing::HasSubstr;
using ::testing::Not;

class MilterLoadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto milter = Program::Start({GATEPOST_BIN_DIR "/gatepost-test-milter", In("s")}, In("log"));
    ASSERT_TRUE(milter);
    milter_ = std::make_unique<Program>(*std::move(milter));
    ASSERT_TRUE(milter_->WaitForSocket(Socket()));
  }

  std::string In(const char* name) const { return (folder_.path() / name).string(); }
  std::string Socket() const { return "unix:" + In("s"); }

  // Runs milter_load to its end; its output.
  std::string Load(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {GATEPOST_BIN_DIR "/milter_load", "--json", "--socket",
                                         Socket(), "--pid", std::to_string(milter_->pid())});
    EXPECT_EQ(support::RunToEnd(arguments, In("out")), 0);
    return support::ReadWholeFile(In("out"));
  }

  support::TempFolder folder_;
  std::unique_ptr<Program> milter_;
};

TEST_F(MilterLoadTest, CountsMessagesVerdictsAndSignatures) {
  std::ofstream(In("message")) << "From: a@b\n"
                                  "X-Do: insert 0 DKIM-Signature: v=1\n"
                                  "X-Do: add Authentication-Results: x; dkim=pass\n\nbody\n";
  const std::string out = Load(
      {"--message", In("message"), "--sessions", "8", "--messages", "80", "--per-connection", "3"});
  for (const char* const want :
       {"\"messages\":80,", "\"dkim_signatures\":80,", "\"authentication_results\":80,",
        "\"dkim_passes\":80,", "\"failed_sessions\":0,", "\"verdicts\":{\"continue\":80}"}) {
    EXPECT_THAT(out, HasSubstr(want));
  }
}

TEST_F(MilterLoadTest, SendsLargeMessagesOverManySessions) {
  const std::string out =
      Load({"--size", "1000000", "--sessions", "20", "--messages", "40", "--warmup", "20"});
  EXPECT_THAT(out, HasSubstr("\"verdicts\":{\"continue\":40}"));
  EXPECT_THAT(out, HasSubstr("\"failed_sessions\":0,"));
}

TEST_F(MilterLoadTest, LetsUsersTakeTurnsAtAGivenPace) {
  std::ofstream(In("message")) << "From: a@b\n\nbody\n";
  const std::string out =
      Load({"--message", In("message"), "--sessions", "8", "--messages", "60", "--users", "20",
            "--recipients", "2", "--rate", "1000", "--per-connection", "5"});
  for (const char* const want :
       {"\"messages\":60,", "\"failed_sessions\":0,", "\"verdicts\":{\"continue\":60}"}) {
    EXPECT_THAT(out, HasSubstr(want));
  }
}

TEST(Personal, WritesTheUserWhoseTurnItIsAndAQueueIdOfItsOwn) {
  const auto script =
      WriteScript(support::NothingNegotiated(), {Traffic::kSubmission, {}, 2}, true);
  std::string text;
  for (const Batch& batch : Personal(script, 47, 20)) text += batch.bytes;
  for (const char* const want : {"<user0007@example.org>", "<friend2@user0007.example.net>",
                                 "<friend3@user0007.example.net>", "4Xyz0000047"}) {
    EXPECT_THAT(text, HasSubstr(want));
  }
  EXPECT_THAT(text, Not(HasSubstr("user0000")));
}

TEST_F(MilterLoadTest, MeasuresIdleSessions) {
  EXPECT_THAT(Load({"--idle", "50"}), HasSubstr("\"idle_sessions\":50,"));
}

TEST(SampleMessage, IsTheSameInEachRunAndAboutAsLargeAsAsked) {
  EXPECT_EQ(SampleMessage(10'000), SampleMessage(10'000));
  EXPECT_NEAR(static_cast<double>(SampleMessage(10'000).size()), 10'000, 200);
}

}  // namespace
}  // namespace gatepost::bench
