// The commands about accounts, on a store in memory.
#include "tools/cli/suspend.h"

#include <sstream>

#include "common/accounts/suspensions.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "tools/cli/explain.h"

namespace gatepost::cli {
namespace {

using accounts::Suspension;
using accounts::Suspensions;
using store::KeyMaker;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* kEva = "eva@example.org";
constexpr std::array<std::string_view, 2> kOptions{"why", "host"};

class SuspendTest : public testing::Test {
 protected:
  int Run(int (*command)(Context&, Arguments&), const std::vector<std::string>& words) {
    out_.str("");
    Arguments arguments(words, kOptions);
    Context context{site_, store_, *names_, clock_, "ada", out_};
    return command(context, arguments);
  }
  std::string Out() const { return out_.str(); }

  std::optional<Suspension> Find(const std::string& account) {
    Suspensions suspensions(store_, {});
    EXPECT_TRUE(suspensions.Refresh());
    return suspensions.Find(account);
  }
  void Put(const Suspension& suspension) {
    Suspensions suspensions(store_, {});
    EXPECT_TRUE(suspensions.Suspend(kEva, suspension));
    EXPECT_TRUE(suspensions.Refresh());
  }

  const config::SiteOptions site_;
  const base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  const std::shared_ptr<const accounts::AccountNames> names_ = accounts::AccountNames::Load({});
  std::ostringstream out_;
};

TEST_F(SuspendTest, ASuspensionHasAReferenceThatIsToldAndExplained) {
  EXPECT_EQ(Run(Suspend, {"Eva@example.org", "--why", "reported by the bank"}), 0);
  const auto suspension = Find(kEva);
  ASSERT_TRUE(suspension);
  EXPECT_THAT(suspension->reference, MatchesRegex("[0-9a-z]{12}"));
  EXPECT_EQ(suspension->by, "ada");
  EXPECT_THAT(Out(), HasSubstr("Reference: " + suspension->reference + "\n"));
  EXPECT_EQ(Run(Explain, {suspension->reference}), 0);
  EXPECT_EQ(
      Out(),
      "2023-11-15 22:13:20  account_suspended eva@example.org by ada: reported by the bank\n");
}

TEST_F(SuspendTest, TheEventStandsBeforeTheMessages) {
  Run(Suspend, {kEva});
  const std::string reference = Find(kEva)->reference;
  const store::Fields message{{"time", "1700000000000"}, {"queue_id", "4XyZ"}, {"host", "mx1"}};
  ASSERT_TRUE(store_.Append({{KeyMaker::Evidence(reference), message, 10}}, base::Deadline::max()));
  Run(Explain, {reference});
  EXPECT_THAT(Out(), MatchesRegex(".* account_suspended eva@example.org by ada\n"
                                  "Messages of the account before:\n  .* 4XyZ  mx1 *\n"));
}

TEST_F(SuspendTest, AReferenceThatWasToldStays) {
  Put({Suspension::Level::kSuspend, clock_.Wall(), "detector", "score 9", "4XyZ"});
  Run(Suspend, {kEva, "--why", "it is true"});
  EXPECT_EQ(Find(kEva)->reference, "4XyZ");
  EXPECT_EQ(Find(kEva)->by, "ada");
}

TEST_F(SuspendTest, AnAccountThatWasSlowedDownGetsAReferenceOfItsOwn) {
  Put({Suspension::Level::kThrottle, clock_.Wall(), "detector", "score 6", "4XyZ"});
  Run(Suspend, {kEva});
  EXPECT_EQ(Find(kEva)->level, Suspension::Level::kSuspend);
  EXPECT_THAT(Find(kEva)->reference, AllOf(Not(IsEmpty()), Not("4XyZ")));
}

TEST_F(SuspendTest, ResumingEndsIt) {
  Run(Suspend, {kEva});
  EXPECT_EQ(Run(Resume, {kEva}), 0);
  EXPECT_FALSE(Find(kEva));
  EXPECT_EQ(Run(Resume, {kEva}), kExitNotFound);
}

}  // namespace
}  // namespace gatepost::cli
