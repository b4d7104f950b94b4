// The primary is the one that sentinels name and that says so itself; no other is written to.
#include "common/store/redis_sentinels.h"

#include <chrono>

#include "common/store/keys.h"
#include "common/store/redis_store.h"
#include "tests/common/store/store_states.h"
#include "tests/support/redis_failover.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;
using support::NextOwnPort;
using support::OwnLoopbackAddress;
using support::RedisFailover;
using support::RedisServer;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

Reply Text(std::string text) { return {Reply::Type::kString, 0, std::move(text), {}}; }
Reply Pair(std::string host, std::string port) {
  return {Reply::Type::kArray, 0, {}, {Text(std::move(host)), Text(std::move(port))}};
}

TEST(ParsePrimary, TakesAHostAndAPort) {
  EXPECT_EQ(ParsePrimary(Pair("192.0.2.1", "6379")).value(), (HostAndPort{"192.0.2.1", "6379"}));
  EXPECT_EQ(ParsePrimary(Pair("2001:db8::1", "1")).value(), (HostAndPort{"2001:db8::1", "1"}));
  EXPECT_EQ(ParsePrimary(Pair("db_1.example.org", "65535")).value().host, "db_1.example.org");
}

TEST(ParsePrimary, RefusesEverythingElse) {
  struct Case {
    const char* name;
    Reply reply;
    ErrorKind want;
  };
  const Case cases[] = {
      {"nil", Reply{}, ErrorKind::kNotFound},
      {"wants a password",
       {Reply::Type::kError, 0, "NOAUTH Authentication required.", {}},
       ErrorKind::kPermission},
      {"no array", Text("192.0.2.1"), ErrorKind::kInvalid},
      {"one element", {Reply::Type::kArray, 0, {}, {Text("192.0.2.1")}}, ErrorKind::kInvalid},
      {"no host", Pair("", "6379"), ErrorKind::kInvalid},
      {"a blank", Pair("192.0.2.1 x", "6379"), ErrorKind::kInvalid},
      {"a NUL byte", Pair(std::string("a\0b", 3), "6379"), ErrorKind::kInvalid},
      {"too long", Pair(std::string(256, 'a'), "6379"), ErrorKind::kInvalid},
      {"port 0", Pair("192.0.2.1", "0"), ErrorKind::kInvalid},
      {"port too high", Pair("192.0.2.1", "65536"), ErrorKind::kInvalid},
      {"no port", Pair("192.0.2.1", ""), ErrorKind::kInvalid},
      {"a signed port", Pair("192.0.2.1", "+1"), ErrorKind::kInvalid},
  };
  for (const auto& [name, reply, want] : cases) {
    const auto got = ParsePrimary(reply);
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error().kind, want) << name;
  }
}

// A server that sentinels can name: on an address and port of its own.
class Node : public RedisServer {
 public:
  explicit Node(std::vector<std::string> extra = {}) : Node(NextOwnPort(), std::move(extra)) {}
  std::string Monitor() const { return OwnLoopbackAddress() + " " + port_; }
  const std::string& port() const { return port_; }

 private:
  Node(std::string port, std::vector<std::string> extra)
      : RedisServer(Words(port, std::move(extra))), port_(std::move(port)) {}
  static std::vector<std::string> Words(const std::string& port, std::vector<std::string> extra) {
    extra.insert(extra.end(), {"--bind", OwnLoopbackAddress(), "--port", port});
    return extra;
  }

  std::string port_;
};

// One that fails over only when a test says so.
class Sentinel : public RedisServer {
 public:
  explicit Sentinel(const Node& primary, const std::string& more = {})
      : Sentinel(NextOwnPort(), primary, more) {}
  std::string place() const { return OwnLoopbackAddress() + ":" + port_; }
  void Name(const Node& primary) const {
    Command({"SENTINEL", "REMOVE", "mail"});
    Command({"SENTINEL", "MONITOR", "mail", OwnLoopbackAddress(), primary.port(), "1"});
  }

 private:
  Sentinel(std::string port, const Node& primary, const std::string& more)
      : RedisServer(SentinelLines{"bind " + OwnLoopbackAddress() + "\nport " + port +
                                  "\nsentinel monitor mail " + primary.Monitor() +
                                  " 1\nsentinel down-after-milliseconds mail 3600000\n" + more}),
        port_(std::move(port)) {}

  std::string port_;
};

class SentinelFaults : public testing::Test {
 protected:
  RedisStore& Open(const std::string& url, RedisLogin login = {}) {
    store_ = std::make_unique<RedisStore>(RedisOptions{*RedisAddress::Parse(url), std::move(login),
                                                       times_, states_.Listener(), nullptr,
                                                       warnings_.Listener()});
    store_->WaitForFirstState(steady_clock::now() + 10s);
    return *store_;
  }
  RedisStore& Open(const Sentinel& sentinel, RedisLogin login = {}) {
    return Open("redis+sentinel://" + sentinel.place() + "/mail", std::move(login));
  }

  static Key CounterKey() { return KeyMaker::Counter("test", "calls", 1); }
  base::Result<std::int64_t> Add() {
    return store_->Increment(CounterKey(), 1, 1h, steady_clock::now() + 10s);
  }
  static bool Holds(const RedisServer& server) { return server.Command({"DBSIZE"}) != ":0\r\n"; }
  bool Reaches(Health health) {
    return Eventually([&] { return store_->health() == health; });
  }

  RedisTimes times_ = PatientTimes();
  States states_;
  Warnings warnings_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(SentinelFaults, ThePrimaryIsTheOneThatTheSentinelNames) {
  Node primary, other;
  Sentinel sentinel(primary);
  ASSERT_EQ(Open(sentinel).health(), Health::kUp);
  EXPECT_TRUE(Add());
  EXPECT_TRUE(Holds(primary));
  EXPECT_FALSE(Holds(other));
}

TEST_F(SentinelFaults, APrimaryThatStillAnswersIsLeftWhenTheSentinelsNameAnother) {
  Node primary, next;
  Sentinel sentinel(primary);
  Open(sentinel);
  ASSERT_TRUE(Add());
  sentinel.Name(next);
  EXPECT_TRUE(Eventually([&] { return states_.All().size() == 3; }));
  EXPECT_EQ(Add().value(), 1);
  EXPECT_TRUE(Holds(next));
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp, Health::kDown, Health::kUp));
}

TEST_F(SentinelFaults, ANodeThatSaysItIsAReplicaIsNotWrittenTo) {
  Node named({"--replica-read-only", "no"});
  Sentinel sentinel(named);
  ASSERT_EQ(named.Command({"REPLICAOF", "127.0.0.1", "1"}), "+OK\r\n");
  EXPECT_EQ(Open(sentinel).health(), Health::kReadOnly);
  EXPECT_FALSE(Add());
  EXPECT_EQ(named.Command({"EXISTS", CounterKey().text()}), ":0\r\n");
  ASSERT_EQ(named.Command({"REPLICAOF", "NO", "ONE"}), "+OK\r\n");
  EXPECT_TRUE(Reaches(Health::kUp));
}

TEST_F(SentinelFaults, AUserWhoMayNotAskForTheRoleIsRefused) {
  Node primary({"--user", "eva", "on", ">word", "~gp:*", "+@all", "-role"});
  Sentinel sentinel(primary);
  EXPECT_EQ(Open(sentinel, {"eva", "word"}).health(), Health::kDown);
  EXPECT_THAT(states_.LastReason(), HasSubstr("'role'"));
}

TEST_F(SentinelFaults, AnAbsentSentinelAndASilentOneAreSteppedOver) {
  times_.connect = 500ms;
  Node primary;
  Sentinel silent(primary), good(primary);
  silent.Freeze();
  const std::string nobody = OwnLoopbackAddress() + ":" + NextOwnPort();
  Open("redis+sentinel://" + nobody + "," + silent.place() + "," + good.place() + "/mail");
  EXPECT_TRUE(Reaches(Health::kUp));
  EXPECT_TRUE(Add());
}

TEST_F(SentinelFaults, WithoutASentinelCallsFailAtOnceAndTheLogSaysWhy) {
  Node primary;
  Sentinel sentinel(primary);
  sentinel.Kill();
  EXPECT_EQ(Open(sentinel).health(), Health::kDown);
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(states_.LastReason(), HasSubstr("no sentinel tells the primary: sentinel 127."));
  sentinel.Start();
  EXPECT_TRUE(Reaches(Health::kUp));
  EXPECT_THAT(states_.All(), ElementsAre(Health::kDown, Health::kUp));
}

TEST_F(SentinelFaults, ANameThatNoSentinelKnowsIsToldAsSuch) {
  Node primary;
  Sentinel sentinel(primary);
  EXPECT_EQ(Open("redis+sentinel://" + sentinel.place() + "/male").health(), Health::kDown);
  EXPECT_THAT(states_.LastReason(), HasSubstr("it knows no primary of this name"));
}

TEST_F(SentinelFaults, SentinelsWithAndWithoutOurPasswordAnswer) {
  Node primary({"--requirepass", "secret"});
  Sentinel open(primary), locked(primary, "requirepass secret\n"),
      other(primary, "requirepass x\n");
  EXPECT_EQ(Open(open, {"", "secret"}).health(), Health::kUp);
  EXPECT_EQ(Open(locked, {"", "secret"}).health(), Health::kUp);
  EXPECT_EQ(Open(other, {"", "secret"}).health(), Health::kDown);
  EXPECT_THAT(states_.LastReason(), HasSubstr("NOAUTH"));
}

TEST_F(SentinelFaults, WithoutSentinelsAKnownPrimaryGoesOnButALostOneStaysLost) {
  Node primary;
  Sentinel sentinel(primary);
  Open(sentinel);
  sentinel.Kill();
  EXPECT_TRUE(Eventually([&] { return warnings_.All().size() == 1; }));
  EXPECT_THAT(warnings_.All().front(), HasSubstr("no sentinel tells the primary: sentinel 127."));
  const auto end = steady_clock::now() + 300ms;  // more questions fail meanwhile
  EXPECT_TRUE(Eventually([&] { return !Add() || steady_clock::now() > end; }));
  EXPECT_EQ(warnings_.All().size(), 1U);
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp));
  primary.Kill();
  primary.Start();  // it says that it is a primary, but who knows
  EXPECT_TRUE(Reaches(Health::kDown));
  EXPECT_TRUE(Eventually([&] { return Add().error().kind == ErrorKind::kUnavailable; }));
  EXPECT_FALSE(Holds(primary));
  sentinel.Start();
  EXPECT_TRUE(Reaches(Health::kUp));
}

// Each successful addition must continue the count: a write to a primary of old would not.
class Failover : public SentinelFaults {
 protected:
  // The next addition that succeeds continues the sum, where replication did not lose the last.
  bool GoesOn() {
    return Eventually([&] {
      const auto sum = Add();
      if (!sum) return false;
      EXPECT_EQ(*sum, sum_ + 1);
      sum_ = *sum;
      return true;
    });
  }
  // Another node than this one has all that was counted, so it, or one that has, is elected.
  bool Replicated(RedisFailover& group, int number) {
    const std::string sum = std::to_string(sum_);
    return Eventually([&] {
      for (int i = 0; i < RedisFailover::kNodes; ++i) {
        const auto value = group.node(i).Command({"GET", CounterKey().text()});
        if (i != number && value.find("\n" + sum + "\r") != std::string::npos) return true;
      }
      return false;
    });
  }
  std::int64_t sum_ = 0;
};

TEST_F(Failover, TheNewPrimaryIsFollowedAndTheOldOneIsNeverWrittenTo) {
  times_ = QuickTimes();
  RedisFailover group;
  ASSERT_EQ(Open(group.url()).health(), Health::kUp);
  ASSERT_TRUE(GoesOn());
  ASSERT_TRUE(Replicated(group, 0));

  group.node(0).Kill();
  ASSERT_TRUE(Reaches(Health::kDown));
  ASSERT_TRUE(Reaches(Health::kUp));
  ASSERT_TRUE(GoesOn());
  // It comes back empty and as a primary; the sentinels make it a replica a while later.
  group.node(0).Start();
  EXPECT_TRUE(Eventually([&] { return GoesOn() && group.Role(0) == "slave"; }));

  const int frozen = group.Role(1) == "master" ? 1 : 2;
  ASSERT_TRUE(Replicated(group, frozen));
  group.node(frozen).Freeze();
  ASSERT_TRUE(Reaches(Health::kDown));
  ASSERT_TRUE(Reaches(Health::kUp));
  ASSERT_TRUE(GoesOn());
  group.node(frozen).Thaw();
  EXPECT_TRUE(Eventually([&] { return GoesOn() && group.Role(frozen) == "slave"; }));

  for (int i = 0; i < RedisFailover::kSentinels; ++i) group.sentinel(i).Kill();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(GoesOn());
}

}  // namespace
}  // namespace gatepost::store
