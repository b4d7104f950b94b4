// Feedback, on a store in memory, and as the detector reads it.
#include "tools/cli/feedback.h"

#include <fstream>
#include <sstream>

#include "common/limits/subject.h"
#include "common/reputation/reputation.h"
#include "common/store/memory_store.h"
#include "milters/ratelimit/watch.h"
#include "tests/support/temp_folder.h"

namespace gatepost::cli {
namespace {

constexpr std::array<std::string_view, 3> kOptions{"bounces", "complaints", "stream"};

class FeedbackTest : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    Arguments arguments(words, kOptions);
    Context context{site_, store_, *names_, clock_, "ada", out_};
    return Feedback(context, arguments);
  }
  std::string Problem(const std::vector<std::string>& words) {
    try {
      Run(words);
      return "none";
    } catch (const UsageError& error) {
      return error.what();
    }
  }
  ratelimit::Signals Signals(const std::string& account) {
    const auto call = ratelimit::WatchCall::Feedback(limits::UserText(account), 0, 0);
    const auto script = call.script();
    return ratelimit::ReadSignals(
               store_.Run(script.script, script.keys, script.arguments, base::Deadline::max()))
        .value();
  }

  double Bad(const char* stream) {
    const auto subject =
        reputation::Subject::Stream(mail::Domain::Parse("example.org").value(), stream);
    return reputation::LookNow(store_, subject, clock_.Wall(), base::Deadline::max()).value().bad;
  }
  void Streams(std::string_view rows) {
    std::ofstream(folder_.path() / "streams.table") << rows;
    site_.accounts.streams = folder_.path() / "streams.table";
  }

  support::TempFolder folder_;
  config::SiteOptions site_;
  const base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  const std::shared_ptr<const accounts::AccountNames> names_ = accounts::AccountNames::Load({});
  std::ostringstream out_;
};

TEST_F(FeedbackTest, IsWhatTheDetectorReads) {
  EXPECT_EQ(Run({"Eva@Example.org", "--bounces", "3"}), 0);
  EXPECT_EQ(Run({"eva@example.org", "--bounces", "2", "--complaints", "1"}), 0);
  EXPECT_EQ(Signals("eva@example.org").bounces, 5);
  EXPECT_EQ(Signals("eva@example.org").complaints, 1);
  EXPECT_EQ(out_.str(),
            "eva@example.org: noted 3 bounces, 0 complaints.\n"
            "eva@example.org: noted 2 bounces, 1 complaints.\n");
}

TEST_F(FeedbackTest, IsToldOfTheStreamThatTheAccountAlwaysSendsIn) {
  Streams("transactional user app@example.org\nbulk user news@example.org\n");
  EXPECT_EQ(Run({"news@example.org", "--bounces", "2", "--complaints", "1"}), 0);
  EXPECT_EQ(
      out_.str(),
      "news@example.org: noted 2 bounces, 1 complaints, also of stream bulk of example.org.\n");
  EXPECT_DOUBLE_EQ(Bad("bulk"), 330);
  EXPECT_DOUBLE_EQ(Bad("transactional"), 0);
  EXPECT_EQ(Run({"alice@example.org", "--bounces", "2"}), 0);
  EXPECT_DOUBLE_EQ(Bad("bulk"), 330);
}

TEST_F(FeedbackTest, NamesTheStreamWhereAHeaderDecidesIt) {
  Streams("bulk header List-Id\ntransactional user app@example.org\n");
  EXPECT_EQ(Run({"app@example.org", "--bounces", "1"}), 0);
  EXPECT_DOUBLE_EQ(Bad("bulk") + Bad("transactional"), 0);
  EXPECT_EQ(Run({"app@example.org", "--bounces", "1", "--stream", "bulk"}), 0);
  EXPECT_DOUBLE_EQ(Bad("bulk"), 15);
  EXPECT_EQ(Problem({"app@example.org", "--bounces", "1", "--stream", "bulky"}),
            "the table accounts.streams has no stream \"bulky\"");
}

TEST_F(FeedbackTest, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(Problem({"eva@example.org"}), "needs --bounces or --complaints");
  EXPECT_EQ(Problem({"eva@example.org", "--bounces", "0"}), "needs --bounces or --complaints");
  for (const char* text : {"-1", "1x", "x", "1000001", "99999999999999999999"}) {
    EXPECT_EQ(Problem({"eva@example.org", "--bounces", text}),
              "\"" + std::string(text) + "\" is no number from 0 to 1000000");
  }
  EXPECT_EQ(Problem({"--bounces", "1"}), "needs a user");
}

}  // namespace
}  // namespace gatepost::cli
