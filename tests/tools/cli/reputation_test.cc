// What people read of reputations, on a store in memory.
#include "tools/cli/reputation.h"

#include <sstream>

#include "common/reputation/reputation.h"
#include "common/store/memory_store.h"

namespace gatepost::cli {
namespace {

using reputation::EventKind;
using reputation::Subject;

class ReputationCommandTest : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    out_.str("");
    Arguments arguments(words, {});
    Context context{site_, store_, *names_, clock_, "ada", out_};
    return Reputation(context, arguments);
  }
  std::string Problem(const std::vector<std::string>& words) {
    try {
      Run(words);
      return "none";
    } catch (const UsageError& error) {
      return error.what();
    }
  }
  void Tell(const Subject& subject, EventKind event, std::int64_t times) {
    ASSERT_TRUE(reputation::TellNow(store_, subject, event, times, base::Deadline::max()));
  }

  const config::SiteOptions site_;
  const base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  const std::shared_ptr<const accounts::AccountNames> names_ = accounts::AccountNames::Load({});
  std::ostringstream out_;
};

TEST_F(ReputationCommandTest, TellsHowAStreamOfADomainStands) {
  const auto bulk = Subject::Stream(mail::Domain::Parse("example.org").value(), "bulk");
  Tell(bulk, EventKind::kDelivered, 1'000);
  Tell(bulk, EventKind::kComplaint, 10);
  EXPECT_EQ(Run({"stream", "bulk", "Example.org"}), 0);
  EXPECT_EQ(out_.str(), "stream bulk of example.org: -0.40 (good 1000.0, bad 3000.0)\n");
  EXPECT_EQ(Run({"stream", "bulk", "of", "example.org"}), 0);
  EXPECT_EQ(Run({"stream", "app", "example.org"}), 1);
  EXPECT_EQ(out_.str(), "Nothing is remembered of stream app of example.org.\n");
}

TEST_F(ReputationCommandTest, TellsHowClientsAndDomainsStand) {
  const auto address = base::IpAddress::Parse("2001:db8::1").value();
  Tell(Subject::Network(address), EventKind::kRefused, 5);
  Tell(Subject::Address(base::IpAddress::Parse("192.0.2.1").value()), EventKind::kDelivered, 10);
  Tell(Subject::Domain(mail::Domain::Parse("example.net").value()), EventKind::kForged, 1);
  EXPECT_EQ(Run({"client", "192.0.2.1"}), 0);
  EXPECT_EQ(out_.str(), "ip 192.0.2.1: 0.50 (good 10.0, bad 0.0)\n");
  // Of IPv6 the network is remembered.
  EXPECT_EQ(Run({"client", "2001:db8::2"}), 0);
  EXPECT_EQ(out_.str(), "net 2001:db8::/64: -0.50 (good 0.0, bad 10.0)\n");
  EXPECT_EQ(Run({"domain", "example.net"}), 0);
  EXPECT_EQ(Run({"network", "192.0.2.0/24"}), 1);
}

TEST_F(ReputationCommandTest, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(Problem({}), "needs whom it is about, such as: client 192.0.2.1");
  EXPECT_EQ(Problem({"user", "alice"}), "\"user\" is none of client, network, domain and stream");
  EXPECT_EQ(Problem({"stream", "Bulk", "example.org"}), "\"Bulk\" is no stream's name");
  EXPECT_EQ(Problem({"stream", "bulk"}), "needs a domain");
  EXPECT_NE(Problem({"client", "nonsense"}), "none");
  EXPECT_NE(Problem({"domain", "a..b"}), "none");
}

}  // namespace
}  // namespace gatepost::cli
