// Accounts that are slowed down, clients with a bad reputation, and what the mail server is asked
// to show: the program itself on a real Redis.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/accounts/suspensions.h"
#include "common/reputation/reputation.h"
#include "common/store/open.h"
#include "tests/milters/ratelimit/ratelimit_hosts.h"
#include "tests/support/redis_server.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using accounts::Suspension;
using base::IpAddress;
using reputation::EventKind;
using reputation::Subject;
using std::chrono::steady_clock;
using support::MilterClient;
using support::Program;
using support::Reply;
using testing::MatchesRegex;

constexpr const char* kEva = "eva@example.org";
constexpr const char* kProbe = "probe@example.org";
constexpr std::string_view kNoDetector = "[detector]\nmode = \"off\"\n";
const support::Message kMessage{{{"From", " eva@example.org"}}, "Hello\r\n"};

class ReputationAndThrottleTest : public testing::Test {
 protected:
  static base::Deadline In5s() { return steady_clock::now() + 5s; }

  std::unique_ptr<store::Store> OpenStore() const {
    store::StoreOptions options;
    options.url = redis_.url();
    return store::Open(options);
  }

  Program Start(const std::string& name, const std::string& options) {
    return hosts_.Start(name, std::string(kNoDetector) + options);
  }

  // A message to one recipient; the recipient's reply where that was refused.
  static Reply Send(MilterClient& client, const std::string& queue_id = "4Xyz01abcdz") {
    const auto outcome =
        client.Send({"<eva@example.org>", {}, {"<bob@example.net>"}, queue_id}, kMessage).value();
    EXPECT_EQ(outcome.recipients.size(), 1U);
    return outcome.reply;
  }

  // How many of these messages pass.
  static int CountPassing(MilterClient& client, int messages) {
    int passed = 0;
    for (int i = 0; i < messages; ++i) passed += Send(client).GoesOn() ? 1 : 0;
    return passed;
  }

  support::RedisServer redis_;
  RatelimitHosts hosts_{redis_.url()};
  const std::unique_ptr<store::Store> store_ = OpenStore();
};

// -- accounts that are slowed down ----------------------------------------------------------------

class ThrottleTest : public ReputationAndThrottleTest {
 protected:
  static constexpr const char* kOptions =
      "[response]\nthrottle = \"3 messages / hour\"\n"
      "[limits]\nlimits = []\ncontact = \"help@example.org\"\n";

  // As the detector's responder does.
  void SlowDown() {
    Suspension suspension{
        Suspension::Level::kThrottle, {}, std::string(accounts::kDetector), "many networks", "4X"};
    ASSERT_TRUE(administrator_.Suspend(kEva, suspension));
    suspension.level = Suspension::Level::kSuspend;
    ASSERT_TRUE(administrator_.Suspend(kProbe, suspension));
    ASSERT_TRUE(administrator_.Refresh());
  }

  // A host that has heard of it. Programs read the store's state in the background, all of it at
  // once; another account tells when, so that the slow one has all of its messages left.
  Program StartInformed(const std::string& name) {
    Program host = Start(name, kOptions);
    MilterClient probe = Login(name, kProbe);
    bool refused = false;
    for (const auto end = steady_clock::now() + 20s; !refused && steady_clock::now() < end;) {
      refused = !Send(probe).GoesOn();
    }
    EXPECT_TRUE(refused) << host.Log();
    return host;
  }

  MilterClient Login(const std::string& host, const std::string& user = kEva) const {
    MilterClient client = hosts_.Client(host);
    client.SetMacro("{auth_authen}", user);
    return client;
  }

  accounts::Suspensions administrator_{*store_, {}};
};

TEST_F(ThrottleTest, PassesBelowItAndIsToldExactlyWhatApplies) {
  SlowDown();
  const Program one = StartInformed("one");
  MilterClient client = Login("one", "Eva@Example.ORG");
  EXPECT_EQ(CountPassing(client, 3), 3);
  const Reply reply = Send(client);
  EXPECT_EQ(reply.verdict, Reply::Verdict::kTempFail);
  EXPECT_THAT(reply.text,
              MatchesRegex("450-4\\.7\\.1 Your account may send slowly only at the moment: "
                           "3 messages an hour\\.\r\n"
                           "450 4\\.7\\.1 There is room again in [0-9]+ minutes, "
                           "at [0-9][0-9]:[0-9][0-9] UTC\\. Questions: help@example\\.org\\. "
                           "\\(reference [^ )]+\\)"));
}

TEST_F(ThrottleTest, IsSharedByAllHosts) {
  SlowDown();
  const Program one = StartInformed("one");
  const Program two = StartInformed("two");
  MilterClient first = Login("one");
  MilterClient second = Login("two");
  EXPECT_EQ(CountPassing(first, 2), 2);
  EXPECT_EQ(CountPassing(second, 2), 1);
}

TEST_F(ThrottleTest, CountsAMessageOnceWhateverItsRecipients) {
  SlowDown();
  const Program one = StartInformed("one");
  MilterClient client = Login("one");
  for (const int taken : {4, 4, 4, 0}) {
    const std::vector<std::string> to{"<a@example.net>", "<b@example.net>", "<c@example.net>",
                                      "<d@example.net>"};
    const auto outcome = client.Send({"<eva@example.org>", {}, to, "4Xyz"}, kMessage).value();
    EXPECT_EQ(std::ranges::count_if(outcome.recipients, &Reply::GoesOn), taken);
  }
}

TEST_F(ThrottleTest, SlowsNobodyElseDown) {
  SlowDown();
  const Program one = StartInformed("one");
  MilterClient other = Login("one", "tim@example.org");
  EXPECT_EQ(CountPassing(other, 6), 6);
}

TEST_F(ThrottleTest, EndsWhenTheAccountIsResumed) {
  SlowDown();
  const Program one = StartInformed("one");
  MilterClient client = Login("one");
  EXPECT_EQ(CountPassing(client, 4), 3);
  ASSERT_TRUE(administrator_.Resume(kEva));
  bool passes = false;
  for (const auto end = steady_clock::now() + 20s; !passes && steady_clock::now() < end;) {
    passes = Send(client).GoesOn();
    if (!passes) std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(passes);
  EXPECT_EQ(CountPassing(client, 5), 5);
}

// -- clients with a bad reputation ----------------------------------------------------------------

class ClientReputationTest : public ReputationAndThrottleTest {
 protected:
  static constexpr const char* kOptions =
      "[limits]\nlimits = [\"10 messages / hour by client reputation<-0.3=50% name=clients\"]\n";

  reputation::Standing StandingOf(const Subject& subject) const {
    return reputation::LookNow(*store_, subject, std::chrono::system_clock::now(), In5s()).value();
  }

  // Polled, as programs tell of it a moment later.
  reputation::Standing AwaitBad(const Subject& subject, double bad) const {
    reputation::Standing standing;
    for (const auto end = steady_clock::now() + 20s; steady_clock::now() < end;) {
      standing = StandingOf(subject);
      if (standing.bad >= bad) break;
      std::this_thread::sleep_for(20ms);
    }
    return standing;
  }

  static IpAddress Address(std::string_view text) { return IpAddress::Parse(text).value(); }
};

TEST_F(ClientReputationTest, ABadOneGetsHalfTheLimit) {
  struct Case {
    const char* name;
    const char* client;
    int passing;
  };
  const Subject bad = Subject::Address(Address("192.0.2.1"));
  const Subject bad_network = Subject::Network(Address("198.51.100.0"));
  const Subject bad_v6_network = Subject::Network(Address("2001:db8::"));
  const Subject hardly_bad = Subject::Address(Address("203.0.113.1"));
  for (const Subject& subject : {bad, bad_network, bad_v6_network}) {
    ASSERT_TRUE(reputation::TellNow(*store_, subject, EventKind::kRefused, 10, In5s()));
  }
  ASSERT_TRUE(reputation::TellNow(*store_, hardly_bad, EventKind::kRefused, 1, In5s()));
  const Program one = Start("one", kOptions);
  for (const Case& c :
       {Case{"a bad address", "192.0.2.1", 5}, Case{"of a bad network", "198.51.100.7", 5},
        Case{"of a bad network of IPv6", "2001:db8::25", 5},
        Case{"one refusal, -0.17", "203.0.113.1", 10},
        Case{"a stranger beside a bad one", "192.0.2.2", 10}}) {
    SCOPED_TRACE(c.name);
    MilterClient client = hosts_.Client("one", c.client);
    EXPECT_EQ(CountPassing(client, 10), c.passing);
  }
}

TEST_F(ClientReputationTest, RunningIntoALimitMakesItWorse) {
  const Program one = Start("one", kOptions);
  MilterClient client = hosts_.Client("one", "192.0.2.1");
  EXPECT_EQ(CountPassing(client, 10), 10);
  const Subject address = Subject::Address(Address("192.0.2.1"));
  EXPECT_FALSE(StandingOf(address).known) << "what passes tells nothing of a client";
  EXPECT_EQ(CountPassing(client, 3), 0);
  for (const Subject& subject : {address, Subject::Network(Address("192.0.2.1"))}) {
    const reputation::Standing standing = AwaitBad(subject, 5.9);
    EXPECT_NEAR(standing.bad, 6, 0.1) << subject.text();
    EXPECT_NEAR(standing.score, -6.0 / 16, 0.01) << subject.text();
  }
}

TEST_F(ClientReputationTest, AUserAtALimitDoesNotHarmTheAddress) {
  const Program one = Start("one", kOptions);
  MilterClient user = hosts_.Client("one", "192.0.2.1");
  user.SetMacro("{auth_authen}", kEva);
  EXPECT_EQ(CountPassing(user, 12), 10);
  MilterClient stranger = hosts_.Client("one", "203.0.113.1");
  EXPECT_EQ(CountPassing(stranger, 11), 10);
  AwaitBad(Subject::Address(Address("203.0.113.1")), 1.9);  // the user's would be there by then
  EXPECT_FALSE(StandingOf(Subject::Address(Address("192.0.2.1"))).known);
}

// -- what the mail server shows -------------------------------------------------------------------

using StagesTest = ReputationAndThrottleTest;

TEST_F(StagesTest, HeaderAndBodyAreAskedForOnlyWhereSomethingNeedsThem) {
  struct Case {
    const char* name;
    const char* limit;
    const char* streams;
    bool headers;
    bool body;
  };
  constexpr const char* kByUser = "bulk user news@example.org\n";
  constexpr const char* kByHeader = "bulk header List-Id\n";
  const std::vector<Case> cases{
      {"counted", "10 recipients / hour by user", "", false, false},
      {"bytes", "1GB / day by user", "", true, true},
      {"bytes-shadow", "1GB / day by user mode=shadow", "", true, true},
      {"user-stream", "9 recipients / hour by user stream=bulk", kByUser, false, false},
      {"header-stream", "9 recipients / hour by user stream=bulk", kByHeader, true, false},
      {"unused-stream", "9 recipients / hour by user", kByHeader, false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string table = hosts_.Write(std::string(c.name) + ".streams", c.streams);
    const Program host = hosts_.Start(
        c.name, std::string(kNoDetector) + "[limits]\nlimits = [\"" + c.limit + "\"]\n",
        *c.streams == '\0' ? "" : "[accounts]\nstreams = \"" + table + "\"\n");
    auto client = MilterClient::Open(hosts_.Socket(c.name), {.timeout = 20s}).value();
    const auto negotiated = client.Negotiate().value();
    EXPECT_NE(negotiated.Has(support::protocol::kNoHeaders), c.headers);
    EXPECT_NE(negotiated.Has(support::protocol::kNoBody), c.body);
    EXPECT_FALSE(negotiated.Has(support::protocol::kNoRecipient));
    EXPECT_FALSE(negotiated.Has(support::protocol::kNoReplyRecipient));
  }
}

// Postfix shows what was agreed on, and nothing else: a message must come through without them.
TEST_F(StagesTest, AMessageIsCountedWithoutHeaderAndBody) {
  const Program one = Start("one", "[limits]\nlimits = [\"2 messages / hour by client\"]\n");
  MilterClient client = hosts_.Client("one");
  EXPECT_EQ(CountPassing(client, 3), 2);
}

TEST_F(StagesTest, BytesAreCountedWhereNoSizeWasTold) {
  const Program one = Start("one", "[limits]\nlimits = [\"1kB / hour by client\"]\n");
  MilterClient client = hosts_.Client("one");
  const support::Message large{kMessage.headers, std::string(700, 'x') + "\r\n"};
  const support::Envelope envelope{"<eva@example.org>", {}, {"<bob@example.net>"}, "4Xyz"};
  EXPECT_TRUE(client.Send(envelope, large)->reply.GoesOn());
  EXPECT_FALSE(client.Send(envelope, large)->reply.GoesOn());
}

}  // namespace
}  // namespace gatepost::ratelimit
