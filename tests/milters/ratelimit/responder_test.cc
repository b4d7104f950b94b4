// What follows from a suspension, on two hosts that share a store.
#include "milters/ratelimit/responder.h"

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "common/limits/subject.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "milters/ratelimit/watch.h"
#include "tests/support/journals.h"
#include "tests/support/mail_sink.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using accounts::Suspension;
using support::MailSink;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;
using Level = Suspension::Level;

constexpr const char* kEva = "eva@example.org";

bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// The root process of a host.
class Root {
 public:
  explicit Root(int failures = 0) : failures_(failures) {}

  std::string Ask(const std::string& verb, const std::string& user) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(verb + " " + user);
    return user.starts_with("marker") || failures_-- <= 0 ? "" : "not now";
  }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // Without what only Settle asks for.
  std::vector<std::string> asked_for(const std::string& user) const {
    std::vector<std::string> asked = this->asked();
    std::erase_if(asked, [&](const std::string& one) { return !one.ends_with(" " + user); });
    return asked;
  }

 private:
  mutable std::mutex mutex_;
  int failures_;
  std::vector<std::string> asked_;
};

struct Cluster {
  base::ManualClock clock;
  std::shared_ptr<const accounts::AccountNames> names = accounts::AccountNames::Load({});
  std::shared_ptr<const accounts::ContactTable> contacts = accounts::ContactTable::Load("", *names);
  store::MemoryStore store{clock};
  support::RecordingJournal journal;
  int markers = 0;

  std::vector<std::string> Told(const std::string& account) const {
    std::vector<std::string> kinds;
    for (const journal::Event& event : journal.events()) {
      if (event.subject == account && event.kind.starts_with("account_")) {
        kinds.push_back(event.kind);
      }
    }
    return kinds;
  }
};

NoticeRules NoticesTo(const std::string& server) {
  NoticeRules rules;
  rules.server = server;
  rules.admins = {"ops@example.net"};
  rules.retry_after.clear();
  return rules;
}

ResponseRules Rules() {
  ResponseRules rules;
  rules.new_password = true;
  return rules;
}

struct Host {
  explicit Host(Cluster& shared, int failures = 0, const std::string& server = "127.0.0.1:1")
      : cluster(shared),
        root(failures),
        suspensions(cluster.store, {{}, 5ms}),
        notices(NoticesTo(server), {"mx.example.org", "", cluster.names, cluster.contacts},
                cluster.store, cluster.journal, cluster.clock),
        responder(
            {suspensions, cluster.store, cluster.journal, notices, cluster.clock, *cluster.names},
            Rules(), [this](const auto& verb, const auto& user) { return root.Ask(verb, user); }) {}

  // Until this host has followed all that was changed on it before.
  void Settle() {
    const std::string marker = "marker" + std::to_string(++cluster.markers);
    responder.Act(marker, Level::kSuspend, {"", ""});
    EXPECT_TRUE(Eventually([&] { return !root.asked_for(marker).empty(); }));
  }
  bool Sees(const std::string& account, std::optional<Level> level) const {
    return Eventually([&] {
      const auto found = suspensions.Find(account);
      return (found ? std::optional(found->level) : std::nullopt) == level;
    });
  }

  Cluster& cluster;
  Root root;
  accounts::Suspensions suspensions;
  Notices notices;
  Responder responder;
};

class ResponderTest : public testing::Test {
 protected:
  Suspension By(const std::string& who, std::chrono::minutes ago = 0min) const {
    const base::WallTime since = std::chrono::floor<std::chrono::seconds>(cluster_.clock.Wall());
    return {Level::kSuspend, since - ago, who, "reported by the bank", "by" + who};
  }
  // Recipients of the last hour, as the detector counts them.
  std::int64_t Recipients() {
    return Run(WatchCall::Feedback(limits::UserText(kEva), 0, 0)).recipients;
  }
  Signals Run(const WatchCall& call) {
    const auto script = call.script();
    return ReadSignals(cluster_.store.Run(script.script, script.keys, script.arguments,
                                          base::Deadline::max()))
        .value();
  }
  void SendToSomebody() {
    Run(WatchCall::AtRecipient(limits::UserText(kEva), {}, "bob@example.net", false));
  }
  // The kinds of what is kept, the oldest first; "" for a message.
  std::vector<std::string> Evidence(const std::string& reference) {
    const auto entries =
        cluster_.store.Newest(store::KeyMaker::Evidence(reference), 100, base::Deadline::max());
    std::vector<std::string> kinds;
    for (const store::Fields& fields : entries.value()) {
      kinds.insert(kinds.begin(), fields[1].first == "kind" ? fields[1].second : "");
    }
    return kinds;
  }
  void AddMessage() {
    const auto now = cluster_.clock.Wall().time_since_epoch();
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    const store::Fields message{{"time", std::to_string(time)},
                                {"queue_id", "4XyZ"},
                                {"client", "192.0.2.7"},
                                {"recipients", "20"}};
    ASSERT_TRUE(cluster_.store.Append({{store::KeyMaker::AccountMessages(kEva), message, 100}},
                                      base::Deadline::max()));
  }

  Cluster cluster_;
};

TEST_F(ResponderTest, EndsSessionsOnEachHostAndTellsOnce) {
  Host one(cluster_);
  Host other(cluster_);
  one.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  ASSERT_TRUE(other.Sees(kEva, Level::kSuspend));
  one.Settle();
  other.Settle();
  EXPECT_THAT(one.root.asked_for(kEva), Contains("kick eva@example.org").Times(1));
  EXPECT_THAT(other.root.asked_for(kEva), Contains("kick eva@example.org").Times(1));
  EXPECT_THAT(cluster_.Told(kEva), ElementsAre("account_suspended"));
  auto asked = one.root.asked_for(kEva);
  for (const std::string& verb : other.root.asked_for(kEva)) asked.push_back(verb);
  EXPECT_THAT(asked, Contains("new-password eva@example.org").Times(1));
}

TEST_F(ResponderTest, TwoHostsThatSuspendAtTheSameMomentTellOnce) {
  Host one(cluster_);
  Host other(cluster_);
  one.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ1"});
  other.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ2"});
  one.Settle();
  other.Settle();
  EXPECT_THAT(cluster_.Told(kEva), ElementsAre("account_suspended"));
}

TEST_F(ResponderTest, AnAccountIsFollowedOnceForEachLevel) {
  Host host(cluster_);
  for (int i = 0; i < 3; ++i) {
    host.responder.Act(kEva, Level::kThrottle, {"score 6", "4XyZ"});
    host.Settle();
  }
  EXPECT_THAT(host.root.asked_for(kEva), IsEmpty());
  EXPECT_THAT(cluster_.Told(kEva), ElementsAre("account_throttled"));
  for (const char* who : {"detector", "ada", "ben"}) {
    ASSERT_TRUE(host.suspensions.Suspend(kEva, By(who)));
    host.Settle();
  }
  EXPECT_THAT(host.root.asked_for(kEva), Contains("kick eva@example.org").Times(1));
  EXPECT_THAT(cluster_.Told(kEva), ElementsAre("account_throttled", "account_suspended"));
}

TEST_F(ResponderTest, WhatAnAdministratorSuspendedIsNotWrittenOver) {
  Host host(cluster_);
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  host.responder.Act(kEva, Level::kThrottle, {"score 6", "4XyZ"});
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  EXPECT_EQ(host.suspensions.Find(kEva), By("ada"));
}

TEST_F(ResponderTest, AWorseLevelForgivesNothing) {
  Host host(cluster_);
  SendToSomebody();
  host.responder.Act(kEva, Level::kThrottle, {"score 6", "4XyZ"});
  host.Settle();
  cluster_.clock.Advance(10ms);
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  host.Settle();
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  host.Settle();
  EXPECT_EQ(Recipients(), 1);
}

// Its people were told, and the owner may have a new password by now.
TEST_F(ResponderTest, AHostThatWasAwayEndsItsSessionsAndTellsNobodyAgain) {
  Host host(cluster_);
  AddMessage();
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("detector", 11min)));
  ASSERT_TRUE(host.suspensions.Suspend("bob@example.org", By("detector", 9min)));
  host.Settle();
  cluster_.clock.Advance(6s);
  host.Settle();
  EXPECT_THAT(host.root.asked_for(kEva), ElementsAre("kick eva@example.org"));
  EXPECT_THAT(cluster_.Told(kEva), IsEmpty());
  EXPECT_THAT(Evidence("bydetector"), ElementsAre("account_suspended"));  // bob's
  EXPECT_THAT(cluster_.Told("bob@example.org"), ElementsAre("account_suspended"));
}

TEST_F(ResponderTest, ResumingForgivesAndTheNextSuspensionIsToldAgain) {
  Host one(cluster_);
  Host other(cluster_);
  SendToSomebody();
  one.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  one.Settle();
  ASSERT_TRUE(one.suspensions.Resume(kEva));
  EXPECT_TRUE(Eventually([&] { return Recipients() == 0; }));
  ASSERT_TRUE(other.Sees(kEva, std::nullopt));
  one.Settle();
  other.Settle();
  one.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  ASSERT_TRUE(other.Sees(kEva, Level::kSuspend));
  one.Settle();
  other.Settle();
  EXPECT_THAT(cluster_.Told(kEva), ElementsAre("account_suspended", "account_suspended"));
}

TEST_F(ResponderTest, TheHookIsForWhatTheDetectorFound) {
  Host host(cluster_);
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  host.responder.Act("bob@example.org", Level::kSuspend, {"score 9", "4XyZ"});
  host.Settle();
  EXPECT_THAT(host.root.asked_for(kEva), ElementsAre("kick eva@example.org"));
  EXPECT_THAT(host.root.asked_for("bob@example.org"),
              UnorderedElementsAre("kick bob@example.org", "new-password bob@example.org"));
}

TEST_F(ResponderTest, KeepsTheEventAndThenTheMessagesUnderTheReference) {
  Host host(cluster_);
  AddMessage();
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  host.Settle();
  EXPECT_THAT(Evidence("4XyZ"), ElementsAre("account_suspended"));
  AddMessage();  // another host's journal was late
  cluster_.clock.Advance(6s);
  host.Settle();
  EXPECT_THAT(Evidence("4XyZ"), ElementsAre("account_suspended", "", ""));
}

TEST_F(ResponderTest, KeepsTheMessagesOfWhomAnAdministratorSuspends) {
  Host host(cluster_);
  AddMessage();
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  host.Settle();
  cluster_.clock.Advance(6s);
  EXPECT_TRUE(Eventually([&] { return !Evidence("byada").empty(); }));
  EXPECT_THAT(Evidence("byada"), ElementsAre(""));  // the event is kept by whoever suspends
}

TEST_F(ResponderTest, KeepsThemUnderTheReferenceThatIsShownToo) {
  Host host(cluster_);
  AddMessage();
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  host.Settle();
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("detector")));  // another host's, later
  cluster_.clock.Advance(6s);
  host.Settle();
  EXPECT_THAT(Evidence("4XyZ"), ElementsAre("account_suspended", ""));
  EXPECT_THAT(Evidence("bydetector"), ElementsAre("account_suspended", ""));
}

TEST_F(ResponderTest, TheOwnerIsToldOnceTheJournalsHaveWhatWasSent) {
  cluster_.contacts = accounts::ContactTable::Load(
      config::TableFile("eva@example.org eva@elsewhere.example", "contacts"), *cluster_.names);
  MailSink sink;
  Host host(cluster_, 0, sink.endpoint());
  AddMessage();
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ", "new"});
  host.Settle();
  host.notices.Flush();
  EXPECT_THAT(sink.readers(), Not(Contains("<eva@elsewhere.example>")));
  EXPECT_THAT(sink.readers(), Contains("<ops@example.net>"));
  AddMessage();  // another host's journal was late
  cluster_.clock.Advance(6s);
  host.Settle();
  host.notices.Flush();
  EXPECT_THAT(sink.readers(), Contains("<eva@example.org>").Times(1));
  EXPECT_THAT(sink.To("eva@elsewhere.example"),
              ElementsAre(AllOf(HasSubstr("Why:       many new recipients\r\n"),
                                HasSubstr("Since:     2023-11-15 22:13 UTC\r\n"),
                                HasSubstr("Sent:      2 messages to 40 recipients"),
                                HasSubstr("From:      192.0.2.0/24 (2)\r\n"),
                                HasSubstr("Reference: 4XyZ\r\n"))));
}

TEST_F(ResponderTest, AtTheEndOfTheProgramTheOwnerIsToldWhatIsKnown) {
  MailSink sink;
  {
    Host host(cluster_, 0, sink.endpoint());
    ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
    host.Settle();
  }
  EXPECT_THAT(sink.To(kEva), ElementsAre(HasSubstr("Why:   an administrator's decision\r\n")));
}

TEST_F(ResponderTest, WhoWasResumedMeanwhileIsNotFrightened) {
  MailSink sink;
  Host host(cluster_, 0, sink.endpoint());
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  host.Settle();
  ASSERT_TRUE(host.suspensions.Resume(kEva));
  cluster_.clock.Advance(6s);
  host.Settle();
  host.notices.Flush();
  EXPECT_THAT(sink.To(kEva), IsEmpty());
}

TEST_F(ResponderTest, InTheDefaultDomainTheUserMayHaveABareName) {
  config::AccountOptions options;
  options.default_domain = "example.org";
  cluster_.names = accounts::AccountNames::Load(options);
  Host host(cluster_);
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  ASSERT_TRUE(host.suspensions.Suspend("bob@example.net", By("ada")));
  host.Settle();
  EXPECT_THAT(host.root.asked_for(kEva), ElementsAre("kick eva@example.org"));
  EXPECT_THAT(host.root.asked_for("eva"), ElementsAre("kick eva"));
  EXPECT_THAT(host.root.asked_for("bob@example.net"), ElementsAre("kick bob@example.net"));
  EXPECT_THAT(host.root.asked_for("bob"), IsEmpty());
}

TEST_F(ResponderTest, TriesAgainWhereTheRootProcessFails) {
  Host host(cluster_, 3);
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  for (const std::size_t tries : {1, 2, 3, 4}) {
    ASSERT_TRUE(Eventually([&] { return host.root.asked_for(kEva).size() == tries; }));
    host.Settle();
    EXPECT_EQ(host.root.asked_for(kEva).size(), tries) << "not before its time";
    cluster_.clock.Advance(31s);
  }
  host.Settle();
  EXPECT_EQ(host.root.asked_for(kEva).size(), 4);
  EXPECT_THAT(cluster_.journal.events(),
              Not(Contains(testing::Field(&journal::Event::kind, "privileged_failed"))));
}

TEST_F(ResponderTest, GivesUpAfterAFewTriesAndTells) {
  Host host(cluster_, 1'000);
  ASSERT_TRUE(host.suspensions.Suspend(kEva, By("ada")));
  const auto told = [&] {
    cluster_.clock.Advance(31s);
    const auto events = cluster_.journal.events();
    return std::ranges::any_of(events, [](const journal::Event& event) {
      return event.kind == "privileged_failed" && event.subject == kEva &&
             event.text == "kick: not now";
    });
  };
  EXPECT_TRUE(Eventually(told));
  host.Settle();
  EXPECT_EQ(host.root.asked_for(kEva).size(), 4);
}

TEST_F(ResponderTest, WhoIsResumedIsNotAskedForAgain) {
  Host host(cluster_, 1'000);
  host.responder.Act(kEva, Level::kSuspend, {"score 9", "4XyZ"});
  ASSERT_TRUE(Eventually([&] { return host.root.asked_for(kEva).size() == 2; }));
  ASSERT_TRUE(host.suspensions.Resume(kEva));
  host.Settle();
  cluster_.clock.Advance(31s);
  host.Settle();
  EXPECT_EQ(host.root.asked_for(kEva).size(), 2);
}

}  // namespace
}  // namespace gatepost::ratelimit
