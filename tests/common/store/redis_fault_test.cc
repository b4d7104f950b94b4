// What becomes of calls, of the state and of the log when Redis is away, hung, read-only, full,
// loading, busy, locked or lying; and that all comes back without a restart.
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "common/store/script.h"
#include "tests/common/store/fake_redis.h"
#include "tests/common/store/store_states.h"
#include "tests/support/redis_server.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;
using support::RedisServer;
using testing::ElementsAre;
using namespace std::chrono_literals;

// The time of a call that must not wait for Redis, and of one that Redis shall answer.
constexpr auto kBrief = 50ms;
constexpr auto kPatient = 10s;
// Between a deadline and the return: a busy machine, sanitizers.
constexpr auto kSlack = 5s;

const Key& CounterKey() {
  static const Key key = KeyMaker::Counter("test", "calls", 1);
  return key;
}

class RedisFaults : public testing::Test {
 protected:
  RedisStore& Open(const std::string& url, RedisLogin login = {},
                   RedisTimes times = PatientTimes()) {
    store_ = std::make_unique<RedisStore>(
        RedisOptions{*RedisAddress::Parse(url), std::move(login), times, states_.Listener()});
    store_->WaitForFirstState(steady_clock::now() + 10s);
    return *store_;
  }

  // One call, which must keep its deadline.
  base::Result<std::int64_t> Add(steady_clock::duration time = kPatient) {
    const auto start = steady_clock::now();
    auto sum = store_->Increment(CounterKey(), 1, 1min, start + time);
    EXPECT_LT(steady_clock::now() - start, time + kSlack);
    return sum;
  }

  bool Reaches(Health health) {
    return Eventually([&] { return store_->health() == health; });
  }
  // Calls until the state shows it, as programs do.
  bool ReachesWithCalls(Health health) {
    return Eventually([&] {
      static_cast<void>(Add(kBrief));
      return store_->health() == health;
    });
  }
  bool Recovers() {
    return Reaches(Health::kUp) && Eventually([&] { return Add().has_value(); });
  }

  States states_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(RedisFaults, StoppedAndStartedAgain) {
  RedisServer server;
  Open(server.url());
  ASSERT_TRUE(Add());
  server.Stop();
  ASSERT_TRUE(Reaches(Health::kDown));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  server.Start();
  EXPECT_TRUE(Recovers());
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp, Health::kDown, Health::kUp));
}

TEST_F(RedisFaults, WhileItIsDownACallDoesNotWaitForItsDeadline) {
  RedisServer server;
  RedisStore& store = Open(server.url());
  server.Kill();
  ASSERT_TRUE(Reaches(Health::kDown));
  const auto start = steady_clock::now();
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(store.Get(CounterKey(), start + 1h));
  EXPECT_LT(steady_clock::now() - start, 1s);
}

TEST_F(RedisFaults, NeverStartedThenStarted) {
  RedisServer server;
  server.Stop();
  Open(server.url());
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  server.Start();
  EXPECT_TRUE(Recovers());
  EXPECT_THAT(states_.All(), ElementsAre(Health::kDown, Health::kUp));
}

TEST_F(RedisFaults, HungWhileAskedEndsByTheDeadlineAndThenAtOnce) {
  RedisServer server;
  Open(server.url(), {}, QuickTimes());
  ASSERT_TRUE(Add());
  server.Freeze();
  EXPECT_EQ(Add(kBrief).error().kind, ErrorKind::kTimeout);
  ASSERT_TRUE(ReachesWithCalls(Health::kDown));
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  server.Thaw();
  EXPECT_TRUE(Recovers());
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp, Health::kDown, Health::kUp));
}

TEST_F(RedisFaults, HungWhileIdleIsNoticedWithoutACall) {
  RedisServer server;
  Open(server.url(), {}, QuickTimes());
  server.Freeze();
  EXPECT_TRUE(Reaches(Health::kDown));
  server.Thaw();
  EXPECT_TRUE(Recovers());
}

TEST_F(RedisFaults, HungBeforeTheFirstConnection) {
  RedisServer server;
  server.Freeze();
  Open(server.url(), {}, QuickTimes());
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  server.Thaw();
  EXPECT_TRUE(Recovers());
  EXPECT_THAT(states_.All(), ElementsAre(Health::kDown, Health::kUp));
}

TEST_F(RedisFaults, ALateReplyIsNotTakenForTheAnswerToALaterCall) {
  RedisServer server;
  RedisStore& store = Open(server.url());
  const Key late = KeyMaker::Fact("mx", "1", "late");
  const Key next = KeyMaker::Fact("mx", "1", "next");
  ASSERT_TRUE(store.Set(late, "late", 1min, steady_clock::now() + kPatient));
  ASSERT_TRUE(store.Set(next, "next", 1min, steady_clock::now() + kPatient));
  server.Freeze();
  EXPECT_EQ(store.Get(late, steady_clock::now() + 20ms).error().kind, ErrorKind::kTimeout);
  server.Thaw();
  EXPECT_EQ(store.Get(next, steady_clock::now() + kPatient).value(), "next");
}

TEST_F(RedisFaults, LateAnswersInARowOpenTheCircuitHoweverManyTheCallers) {
  RedisTimes times = PatientTimes();
  times.silence = 1h;
  times.late = 200ms;
  for (const int callers : {1, 64}) {
    RedisServer server;
    Open(server.url(), {}, times);
    server.Freeze();
    const auto start = steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([this] {
        while (store_->health() == Health::kUp) EXPECT_FALSE(Add(kBrief));
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_GE(steady_clock::now() - start, times.late);
    EXPECT_EQ(states_.LastReason(), "Redis answers too late");
    server.Thaw();
    EXPECT_TRUE(Recovers());
  }
}

TEST_F(RedisFaults, OneAnswerInTimeKeepsTheCircuitClosed) {
  RedisTimes times = PatientTimes();
  times.late = 100ms;
  RedisServer server;
  Open(server.url(), {}, times);
  for (int i = 0; i < 4; ++i) {
    server.Freeze();
    for (int late = 0; late < 3; ++late) EXPECT_FALSE(Add(kBrief));
    server.Thaw();
    EXPECT_TRUE(Add());
  }
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp));
}

TEST_F(RedisFaults, SixtyFourThreadsKeepTheirDeadlinesThroughHangAndRestart) {
  RedisServer server;
  Open(server.url(), {}, QuickTimes());
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        if (!Add(kBrief)) std::this_thread::sleep_for(1ms);
      }
    });
  }
  server.Freeze();
  EXPECT_TRUE(Reaches(Health::kDown));
  server.Thaw();
  EXPECT_TRUE(Reaches(Health::kUp));
  server.Kill();
  EXPECT_TRUE(Reaches(Health::kDown));
  server.Start();
  EXPECT_TRUE(Reaches(Health::kUp));
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(Recovers());
}

TEST_F(RedisFaults, AReplicaRefusesWritesUntilItIsAPrimaryAgain) {
  RedisServer server;
  Open(server.url());
  ASSERT_EQ(server.Command({"REPLICAOF", "127.0.0.1", "1"}), "+OK\r\n");
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Reaches(Health::kReadOnly));
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  ASSERT_EQ(server.Command({"REPLICAOF", "NO", "ONE"}), "+OK\r\n");
  EXPECT_TRUE(Recovers());
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp, Health::kReadOnly, Health::kUp));
}

TEST_F(RedisFaults, AWritableReplicaIsNoPrimaryEither) {
  RedisServer server;
  ASSERT_EQ(server.Command({"CONFIG", "SET", "replica-read-only", "no"}), "+OK\r\n");
  ASSERT_EQ(server.Command({"REPLICAOF", "127.0.0.1", "1"}), "+OK\r\n");
  EXPECT_EQ(Open(server.url()).health(), Health::kReadOnly);
}

TEST_F(RedisFaults, FullMemory) {
  RedisServer server;
  Open(server.url());
  ASSERT_EQ(server.Command({"CONFIG", "SET", "maxmemory", "1"}), "+OK\r\n");
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Reaches(Health::kReadOnly));
  ASSERT_EQ(server.Command({"CONFIG", "SET", "maxmemory", "0"}), "+OK\r\n");
  EXPECT_TRUE(Recovers());
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp, Health::kReadOnly, Health::kUp));
}

TEST_F(RedisFaults, ADiskThatCannotBeWritten) {
  RedisServer server({"--enable-protected-configs", "yes"});
  Open(server.url());
  std::filesystem::create_directories(server.folder() / "taken" / "x");
  ASSERT_EQ(server.Command({"CONFIG", "SET", "save", "3600 1000000", "dbfilename", "taken"}),
            "+OK\r\n");
  server.Command({"BGSAVE"});
  EXPECT_TRUE(ReachesWithCalls(Health::kReadOnly));
  EXPECT_THAT(states_.LastReason(), testing::HasSubstr("MISCONF"));
  ASSERT_EQ(server.Command({"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"}), "+OK\r\n");
  EXPECT_TRUE(Recovers());
}

TEST_F(RedisFaults, BusyWithAScript) {
  RedisServer server({"--busy-reply-threshold", "10"});
  Open(server.url());
  std::thread script([&] { server.Command({"EVAL", "while true do end", "0"}); });
  EXPECT_TRUE(ReachesWithCalls(Health::kLoading));
  EXPECT_TRUE(Eventually([&] { return server.Command({"SCRIPT", "KILL"}) == "+OK\r\n"; }));
  EXPECT_TRUE(Recovers());
  script.join();
}

TEST_F(RedisFaults, Loading) {
  const std::string loading = "-LOADING Redis is loading the dataset in memory\r\n";
  FakeRedis fake("", loading + loading);
  EXPECT_EQ(Open(fake.url()).health(), Health::kLoading);
  EXPECT_EQ(Add().error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(states_.All(), ElementsAre(Health::kLoading));
}

TEST_F(RedisFaults, LoadingForReal) {
  RedisServer server({"--enable-debug-command", "yes"});
  Open(server.url());
  server.Command({"DEBUG", "POPULATE", "500"});
  server.Command(
      {"CONFIG", "SET", "key-load-delay", "500", "loading-process-events-interval-bytes", "1024"});
  std::thread reload([&] { server.Command({"DEBUG", "RELOAD"}); });
  EXPECT_TRUE(ReachesWithCalls(Health::kLoading));
  EXPECT_THAT(states_.LastReason(), testing::HasSubstr("LOADING"));
  EXPECT_TRUE(Recovers());
  reload.join();
}

TEST_F(RedisFaults, ForgottenScriptsAreSentAgain) {
  RedisServer server;
  Open(server.url());
  ASSERT_EQ(Add().value(), 1);
  ASSERT_EQ(server.Command({"SCRIPT", "FLUSH"}), "+OK\r\n");
  EXPECT_EQ(Add().value(), 2);
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp));
}

TEST_F(RedisFaults, SeveralScriptsTakeOneRoundTripAndASecondWhereTheyWereForgotten) {
  RedisServer server;
  RedisStore& store = Open(server.url());
  const std::array<std::string, 2> arguments{"1", "60000"};
  const std::array keys{CounterKey(), KeyMaker::Counter("test", "others", 1)};
  const std::array<Store::ScriptCall, 2> calls{{{scripts::kIncrement, {&keys[0], 1}, arguments},
                                                {scripts::kIncrement, {&keys[1], 1}, arguments}}};
  const auto calls_of = [&](const std::string& command) {
    const std::string all = server.Command({"INFO", "commandstats"});
    const std::size_t at = all.find("cmdstat_" + command + ":calls=");
    return at == std::string::npos ? 0 : std::stoi(all.substr(all.find('=', at) + 1));
  };
  for (const int evals : {2, 2, 4}) {
    if (evals == 4) server.Command({"SCRIPT", "FLUSH"});
    const auto sums = store.RunAll(calls, steady_clock::now() + kPatient);
    EXPECT_EQ(sums[0].value(), sums[1].value());
    EXPECT_EQ(calls_of("eval"), evals);
  }
  EXPECT_EQ(calls_of("evalsha"), 6);
}

TEST_F(RedisFaults, APasswordThatIsMissingOrWrongIsToldAsSuch) {
  RedisServer server({"--requirepass", "secret"});
  for (const RedisLogin& login : {RedisLogin{}, RedisLogin{"", "wrong"}, RedisLogin{"eva", "x"}}) {
    EXPECT_EQ(Open(server.url(), login).health(), Health::kDown);
    EXPECT_EQ(Add().error().kind, ErrorKind::kPermission);
    EXPECT_THAT(states_.LastReason(), testing::Not(testing::HasSubstr("secret")));
  }
}

TEST_F(RedisFaults, LogsInWithPasswordUserAndDatabase) {
  RedisServer server(
      {"--requirepass", "secret", "--user", "eva", "on", ">word", "~gp:*", "+@all", "-role"});
  EXPECT_EQ(Open(server.url(), {"", "secret"}).health(), Health::kUp);
  EXPECT_TRUE(Add());
  EXPECT_EQ(Open(server.url() + "?db=3", {"eva", "word"}).health(), Health::kUp);
  EXPECT_EQ(Add().value(), 1);  // another database, so another counter
}

TEST_F(RedisFaults, AUserWithoutTheRightToWriteIsDown) {
  RedisServer server({"--user", "eva", "on", ">word", "~gp:*", "+@read", "+@connection"});
  EXPECT_EQ(Open(server.url(), {"eva", "word"}).health(), Health::kDown);
  EXPECT_EQ(Add().error().kind, ErrorKind::kPermission);
}

TEST_F(RedisFaults, ADatabaseThatDoesNotExistIsDown) {
  RedisServer server;
  EXPECT_EQ(Open(server.url() + "?db=99").health(), Health::kDown);
}

struct Lie {
  const char* name;
  std::string bytes;
};

class RedisLies : public RedisFaults, public testing::WithParamInterface<Lie> {};

TEST_P(RedisLies, EndTheConnectionAndNothingElse) {
  FakeRedis fake(GetParam().bytes);
  RedisStore& store = Open(fake.url(), {}, QuickTimes());
  ASSERT_EQ(store.health(), Health::kUp);
  const auto start = steady_clock::now();
  EXPECT_FALSE(store.Get(CounterKey(), start + 2s));
  EXPECT_LT(steady_clock::now() - start, 2s + kSlack);
  // It greets well again, so it may be up again by now.
  EXPECT_TRUE(Eventually([&] { return states_.All().size() >= 2; }));
  EXPECT_EQ(states_.All()[1], Health::kDown);
}

INSTANTIATE_TEST_SUITE_P(
    All, RedisLies,
    testing::Values(Lie{"Garbage", "HTTP/1.1 400 Bad Request\r\n\r\n"}, Lie{"HangsUp", ""},
                    Lie{"NulBytes", std::string(64, '\0')},
                    Lie{"GiantString", "$2147483647\r\n" + std::string(5'000, 'x')},
                    Lie{"GiantArray", "*2147483647\r\n"}, Lie{"NegativeString", "$-5\r\nx\r\n"},
                    Lie{"NegativeArray", "*-7\r\n"},
                    Lie{"DeepArrays",
                        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"},
                    Lie{"LineWithoutEnd", "+" + std::string(60'000, 'x')}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(RedisFaults, AReplyThatNobodyAskedForEndsTheConnection) {
  FakeRedis fake("$1\r\nx\r\n$1\r\ny\r\n");
  RedisStore& store = Open(fake.url());
  EXPECT_EQ(store.Get(CounterKey(), steady_clock::now() + kPatient).value(), "x");
  EXPECT_TRUE(Eventually([&] { return states_.All().size() >= 2; }));
  EXPECT_EQ(states_.All()[1], Health::kDown);
}

TEST_F(RedisFaults, AnIntegerWhereTextBelongsIsAnErrorOfThisCallAlone) {
  FakeRedis fake(":1\r\n");
  RedisStore& store = Open(fake.url());
  EXPECT_EQ(store.Get(CounterKey(), steady_clock::now() + kPatient).error().kind,
            ErrorKind::kInternal);
  EXPECT_EQ(store.health(), Health::kUp);
}

class ResilientFaults : public testing::Test {
 protected:
  ResilientFaults() {
    auto redis = std::make_unique<RedisStore>(
        RedisOptions{*RedisAddress::Parse(server_.url()), {}, QuickTimes(), {}});
    redis->WaitForFirstState(steady_clock::now() + 10s);
    store_ = std::make_unique<ResilientStore>(
        std::move(redis), std::make_unique<MemoryStore>(base::SystemClock::Instance()));
  }
  base::Result<std::int64_t> Add(steady_clock::duration time = kPatient) {
    return store_->Increment(CounterKey(), 1, 1min, steady_clock::now() + time);
  }
  bool Reaches(Health health) {
    return Eventually([&] { return store_->health() == health; });
  }

  RedisServer server_;
  std::unique_ptr<ResilientStore> store_;
};

TEST_F(ResilientFaults, ACounterGoesOnInMemoryFromWhereTheSharedOneStood) {
  ASSERT_EQ(Add().value(), 1);
  ASSERT_EQ(Add().value(), 2);
  server_.Freeze();
  EXPECT_EQ(Add(kBrief).value(), 3);  // the call that times out counts, too
  ASSERT_TRUE(Reaches(Health::kDown));
  EXPECT_EQ(Add().value(), 4);
  server_.Kill();
  EXPECT_EQ(Add().value(), 5);
}

TEST_F(ResilientFaults, NoCallFailsThroughStopAndStart) {
  std::atomic<bool> done = false;
  std::thread caller([&] {
    while (!done) EXPECT_TRUE(Add(kBrief));
  });
  server_.Stop();
  EXPECT_TRUE(Reaches(Health::kDown));
  server_.Start();
  EXPECT_TRUE(Reaches(Health::kUp));
  done = true;
  caller.join();
}

TEST_F(ResilientFaults, WhatNeedsAllHostsFailsInsteadOfPretending) {
  server_.Stop();
  ASSERT_TRUE(Reaches(Health::kDown));
  const auto soon = steady_clock::now() + kPatient;
  const Key admin = KeyMaker::Admin("suspensions");
  EXPECT_FALSE(store_->AcquireLease(KeyMaker::Lease("reports"), "mx1", 1min, soon));
  EXPECT_FALSE(store_->SetField(admin, "eva", "stolen", soon));
  EXPECT_FALSE(store_->GetFields(admin, soon));
  EXPECT_FALSE(store_->Append({{KeyMaker::EventFeed(), {{"kind", "x"}}, 10}}, soon));
}

TEST_F(ResilientFaults, TheSharedStoreHasNothingThatStandsInForIt) {
  const auto late = [] { return steady_clock::now() + kBrief; };
  server_.Freeze();
  EXPECT_FALSE(store_->shared().Increment(CounterKey(), 1, 1min, late()));
  EXPECT_FALSE(store_->shared().GetAll({&CounterKey(), 1}, late()));
  EXPECT_FALSE(store_->shared().Set(CounterKey(), "1", 1min, late()));
  EXPECT_FALSE(store_->shared().Erase(CounterKey(), late()));
  EXPECT_EQ(Add(kBrief).value(), 1);  // while a limit goes on
}

TEST_F(ResilientFaults, EachOfSeveralScriptsRunsInMemoryMeanwhile) {
  const std::array<std::string, 2> arguments{"1", "60000"};
  const std::array keys{CounterKey(), KeyMaker::Lease("reports")};
  const std::array<Store::ScriptCall, 2> calls{
      {{scripts::kIncrement, {&keys[0], 1}, arguments}, {scripts::kIncrement, keys, arguments}}};
  server_.Freeze();
  const auto results = store_->RunAll({calls.data(), 1}, steady_clock::now() + kBrief);
  EXPECT_EQ(results[0].value(), std::vector<std::int64_t>{1});
  server_.Thaw();
  EXPECT_EQ(store_->RunAll(calls, steady_clock::now() + kPatient)[1].error().kind,
            ErrorKind::kInvalid);  // also while Redis could
}

TEST_F(ResilientFaults, AStoreThatIsAloneIsItsOwnSharedStore) {
  MemoryStore memory(base::SystemClock::Instance());
  EXPECT_EQ(&memory.shared(), &memory);
}

TEST_F(ResilientFaults, ValuesAreKeptInMemoryMeanwhile) {
  server_.Stop();
  ASSERT_TRUE(Reaches(Health::kDown));
  const auto soon = steady_clock::now() + kPatient;
  const Key fact = KeyMaker::Fact("mx", "1", "auth");
  ASSERT_TRUE(store_->Set(fact, "pass", 1min, soon));
  EXPECT_EQ(store_->Get(fact, soon).value(), "pass");
}

}  // namespace
}  // namespace gatepost::store
