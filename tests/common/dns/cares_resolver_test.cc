#include "common/dns/cares_resolver.h"

#include <functional>
#include <thread>

#include "tests/support/dns_server.h"

namespace gatepost::dns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;
using testing::ElementsAre;

base::Deadline In(milliseconds time) { return SteadyClock::now() + time; }

// Looks again and again, for ten seconds at most.
bool Eventually(const std::function<bool()>& condition) {
  const auto end = In(seconds(10));
  while (!condition()) {
    if (SteadyClock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

ResolverOptions OptionsFor(const test::DnsServer& server) {
  ResolverOptions options;
  options.servers = {server.Address()};
  return options;
}

// For tests that wait until the time is over.
ResolverOptions ImpatientOptionsFor(const test::DnsServer& server) {
  ResolverOptions options = OptionsFor(server);
  options.timeout = milliseconds(600);
  return options;
}

std::unique_ptr<CaresResolver> Make(const ResolverOptions& options,
                                    const base::Clock& clock = base::SystemClock::Instance()) {
  return CaresResolver::Create(options, clock).value();
}

Status Get(Resolver& resolver, std::string_view name, RecordType type = RecordType::kTxt) {
  return resolver.Ask(name, type).Wait(In(seconds(10)))->status;
}

TEST(CaresResolver, AnswersAKnownQuestionAtOnce) {
  test::DnsServer server("a.test TXT x");
  const auto resolver = Make(OptionsFor(server));
  EXPECT_EQ(Get(*resolver, "a.test"), Status::kOk);
  EXPECT_TRUE(resolver->Ask("A.test.", RecordType::kTxt).Ready());
  EXPECT_EQ(server.Count("a.test"), 1U);
  EXPECT_EQ(Get(*resolver, "a.test", RecordType::kMx), Status::kNoData);
  EXPECT_EQ(server.Count("a.test"), 2U);  // another type is another question
}

struct KeptFor {
  const char* name;
  int seconds;
  Status status;
};

TEST(CaresResolver, KeepsEachAnswerAsLongAsItsTtlWithinTheBounds) {
  test::DnsServer server(R"(
      normal.test  100     TXT  x
      short.test   1       TXT  x
      zero.test    0       TXT  x
      long.test    1000000 TXT  x
      sign.test    4294967295 TXT x
      chain.test   50      CNAME normal.test
      broken.test          !servfail)");
  base::ManualClock clock;
  ResolverOptions options = OptionsFor(server);
  options.least_ttl = seconds(5);
  options.most_ttl = seconds(3600);
  options.least_negative_ttl = seconds(10);
  options.most_negative_ttl = seconds(40);
  options.failure_ttl = seconds(2);
  const auto resolver = Make(options, clock);
  const std::vector<KeptFor> cases = {
      {"broken.test", 2, Status::kServFail},
      {"short.test", 5, Status::kOk},
      {"zero.test", 5, Status::kOk},
      {"sign.test", 5, Status::kOk},            // RFC 2181 section 8: as if it were 0
      {"missing.test", 40, Status::kNxDomain},  // the server's SOA record says 60
      {"chain.test", 50, Status::kOk},
      {"normal.test", 100, Status::kOk},
      {"long.test", 3600, Status::kOk},
  };
  for (const KeptFor& kept : cases) {
    ASSERT_EQ(Get(*resolver, kept.name), kept.status) << kept.name;
    const std::size_t before = server.Count(kept.name);
    clock.Advance(seconds(kept.seconds) - milliseconds(1));
    ASSERT_EQ(Get(*resolver, kept.name), kept.status) << kept.name;
    EXPECT_EQ(server.Count(kept.name), before) << kept.name;
    clock.Advance(milliseconds(1));
    ASSERT_EQ(Get(*resolver, kept.name), kept.status) << kept.name;
    EXPECT_EQ(server.Count(kept.name), before + 1) << kept.name;
  }
}

TEST(CaresResolver, SixtyFourThreadsThatAskTheSameNameCostOneQuestion) {
  test::DnsServer server("slow.test TXT x\nslow.test !delay 200");
  const auto resolver = Make(OptionsFor(server));
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      if (Get(*resolver, "slow.test") == Status::kOk) ++answered;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 64);
  EXPECT_EQ(server.Count("slow.test"), 1U);
  const ResolverCounters counters = resolver->Counters();
  EXPECT_EQ(counters.asked, 64U);
  EXPECT_EQ(counters.sent, 1U);
  EXPECT_EQ(counters.merged + counters.cache_hits, 63U);
}

TEST(CaresResolver, ManyThreadsAskManyNames) {
  test::DnsServer server("*.many.test 1 TXT x\n*.none.test !servfail");
  ResolverOptions options = OptionsFor(server);
  options.cache_entries = 64;  // so that entries leave while others read them
  const auto resolver = Make(options);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const std::string number = std::to_string((i * 7 + t) % 100);
        if (Get(*resolver, number + ".many.test") != Status::kOk) ++wrong;
        if (Get(*resolver, number + ".none.test") != Status::kServFail) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(resolver->Counters().outstanding, 0U);
}

TEST(CaresResolver, RefusesQuestionsBeyondItsLimitAndRecovers) {
  test::DnsServer server("ok.test TXT x\n*.dead.test !timeout");
  ResolverOptions options = ImpatientOptionsFor(server);
  options.max_outstanding = 8;
  const auto resolver = Make(options);
  std::vector<Query> dead;
  for (int i = 0; i < 8; ++i) {
    dead.push_back(resolver->Ask(std::to_string(i) + ".dead.test", RecordType::kTxt));
  }
  const Query refused = resolver->Ask("ok.test", RecordType::kTxt);
  EXPECT_TRUE(refused.Ready());
  EXPECT_EQ(refused.Wait({})->status, Status::kOverloaded);
  EXPECT_FALSE(resolver->Ask("0.dead.test", RecordType::kTxt).Ready());  // joins, costs nothing
  for (const Query& query : dead) EXPECT_EQ(query.Wait(In(seconds(10)))->status, Status::kTimeout);
  EXPECT_TRUE(Eventually([&] { return resolver->Counters().outstanding == 0; }));
  EXPECT_EQ(Get(*resolver, "ok.test"), Status::kOk);
  const ResolverCounters counters = resolver->Counters();
  EXPECT_EQ(counters.overloaded, 1U);
  EXPECT_EQ(counters.timeouts, 8U);
  EXPECT_EQ(counters.sent, 9U);
}

TEST(CaresResolver, EndsEveryHostileAnswerWithinItsTime) {
  test::DnsServer server(R"(
      id.test !wrong-id
      question.test !wrong-question
      hang.test !tcp-hang
      close.test !tcp-close
      empty.test !empty
      cut.test TXT "some text to be cut"
      cut.test !cut
      random.test TXT "some text to be spoiled"
      random.test !random
      many.test !huge 600
      silent.test !timeout)");
  const ResolverOptions options = ImpatientOptionsFor(server);
  const auto resolver = Make(options);
  for (const char* const name : {"id.test", "question.test", "hang.test", "close.test", "cut.test",
                                 "random.test", "empty.test", "many.test", "silent.test"}) {
    const auto start = SteadyClock::now();
    EXPECT_TRUE(IsTransient(Get(*resolver, name))) << name;
    // Slack for a machine that is busy with other things.
    EXPECT_LT(SteadyClock::now() - start, options.timeout + seconds(3)) << name;
  }
}

TEST(CaresResolver, ForgedAnswersDoNotKeepTheTrueOneAway) {
  test::DnsServer server("a.test TXT true\na.test !forge");
  const auto resolver = Make(OptionsFor(server));
  const AnswerPtr answer = resolver->Ask("a.test", RecordType::kTxt).Wait(In(seconds(10)));
  ASSERT_EQ(answer->records.size(), 1U);
  EXPECT_EQ(answer->records[0].text, "true");
}

TEST(CaresResolver, TakesLargeAnswersOverTcp) {
  test::DnsServer server("large.test !huge 250");
  const auto resolver = Make(OptionsFor(server));
  const AnswerPtr answer = resolver->Ask("large.test", RecordType::kTxt).Wait(In(seconds(10)));
  EXPECT_EQ(answer->records.size(), 250U);
  EXPECT_THAT(server.Log(), ElementsAre("large.test 16 udp", "large.test 16 tcp"));
}

// A connection that ends for one question is no reason to give up, or ask again, over UDP.
TEST(CaresResolver, AClosedTcpConnectionLeavesQuestionsOverUdpAlone) {
  test::DnsServer server("slow.test TXT x\nslow.test !delay 300\nclose.test !tcp-close");
  const auto resolver = Make(OptionsFor(server));
  const Query slow = resolver->Ask("slow.test", RecordType::kTxt);
  EXPECT_TRUE(IsTransient(Get(*resolver, "close.test")));
  EXPECT_EQ(slow.Wait(In(seconds(10)))->status, Status::kOk);
  EXPECT_EQ(server.Count("slow.test"), 1U);
}

TEST(CaresResolver, AsksOnceMoreWhereATcpConnectionClosesUnderAQuestion) {
  test::DnsServer server("hang.test !tcp-hang\nclose.test !tcp-close\nclose.test !delay 500");
  ResolverOptions options = OptionsFor(server);
  options.timeout = seconds(10);
  options.attempts = 1;
  const auto resolver = Make(options);
  const Query hang = resolver->Ask("hang.test", RecordType::kTxt);
  const Query close = resolver->Ask("close.test", RecordType::kTxt);
  ASSERT_TRUE(Eventually(
      [&] { return server.Count("hang.test") == 2 && server.Count("close.test") == 2; }));
  server.Replace("*.test TXT x");  // from the second connection on; the first one still closes
  EXPECT_EQ(hang.Wait(In(seconds(10)))->status, Status::kOk);
  EXPECT_EQ(close.Wait(In(seconds(10)))->status, Status::kOk);
}

TEST(CaresResolver, TakesLargeAnswersOverTcpFromAServerWithoutEdns) {
  test::DnsServer server("*.test !huge 20\n*.test !no-edns");
  const auto resolver = Make(OptionsFor(server));
  for (const char* const name : {"a.test", "b.test"}) {
    const AnswerPtr answer = resolver->Ask(name, RecordType::kTxt).Wait(In(seconds(10)));
    EXPECT_EQ(answer->status, Status::kOk) << name;
    EXPECT_EQ(answer->records.size(), 20U) << name;
  }
}

TEST(CaresResolver, AsksAgainWithoutEdnsWhereTheServerDoesNotKnowIt) {  // RFC 6891 section 7
  test::DnsServer server("*.test TXT x\n* !no-edns");
  const auto resolver = Make(OptionsFor(server));
  for (const char* const name : {"a.test", "b.test", "c.test"}) {
    EXPECT_EQ(Get(*resolver, name), Status::kOk) << name;
  }
}

TEST(CaresResolver, AskersGoAtTheirDeadlineAndTheAnswerReachesTheCache) {
  test::DnsServer server("slow.test TXT x\nslow.test !delay 150");
  const auto resolver = Make(OptionsFor(server));
  EXPECT_EQ(resolver->Ask("slow.test", RecordType::kTxt).Wait(In(milliseconds(1)))->status,
            Status::kTimeout);
  EXPECT_TRUE(Eventually([&] { return resolver->Ask("slow.test", RecordType::kTxt).Ready(); }));
  EXPECT_EQ(Get(*resolver, "slow.test"), Status::kOk);
  EXPECT_EQ(server.Count("slow.test"), 1U);
}

// The UDP answer, itself late, says TC; the TCP answer comes after the question's time.
TEST(CaresResolver, AnAnswerAfterTheTimeReplacesTheTimeoutInTheCache) {
  test::DnsServer server("late.test TXT x\nlate.test !truncate\nlate.test !delay 1200");
  ResolverOptions options = OptionsFor(server);
  options.timeout = milliseconds(2000);
  options.attempts = 1;
  options.failure_ttl = seconds(60);
  const auto resolver = Make(options);
  EXPECT_EQ(Get(*resolver, "late.test"), Status::kTimeout);
  EXPECT_TRUE(Eventually([&] { return resolver->Counters().late == 1; }));
  EXPECT_TRUE(Eventually([&] { return Get(*resolver, "late.test") == Status::kOk; }));
  EXPECT_EQ(resolver->Counters().outstanding, 0U);
}

TEST(CaresResolver, TenQuestionsForABrokenNameCostOne) {
  test::DnsServer server("broken.test !servfail\nsilent.test !timeout");
  base::ManualClock clock;
  ResolverOptions options = ImpatientOptionsFor(server);
  options.attempts = 1;
  const auto resolver = Make(options, clock);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Get(*resolver, "broken.test"), Status::kServFail);
    EXPECT_EQ(Get(*resolver, "silent.test"), Status::kTimeout);
  }
  EXPECT_EQ(server.Count("broken.test"), 1U);
  EXPECT_EQ(server.Count("silent.test"), 1U);
  clock.Advance(options.failure_ttl);
  server.Replace("broken.test TXT x");
  EXPECT_EQ(Get(*resolver, "broken.test"), Status::kOk);
}

TEST(CaresResolver, AsksTheOtherServerWhereOneFailsRefusesOrIsAway) {
  test::DnsServer good("*.test TXT x");
  test::DnsServer bad("a.test !servfail\nb.test !refused\nc.test !timeout\nd.test !notimp");
  ResolverOptions options = OptionsFor(good);
  options.timeout = seconds(6);  // so the first attempt takes one
  options.servers.insert(options.servers.begin(), bad.Address());
  const auto resolver = Make(options);
  for (const char* const name : {"a.test", "b.test", "c.test", "d.test"}) {
    EXPECT_EQ(Get(*resolver, name), Status::kOk) << name;
    EXPECT_EQ(bad.Count(name), 1U) << name;
  }
  bad.Stop();
  EXPECT_EQ(Get(*resolver, "e.test"), Status::kOk);
}

TEST(CaresResolver, FindsAServerThatCameBack) {
  test::DnsServer server("a.test TXT x\nb.test TXT x\nlarge.test !huge 100");
  base::ManualClock clock;
  const auto resolver = Make(OptionsFor(server), clock);
  ASSERT_EQ(Get(*resolver, "large.test"), Status::kOk);
  for (int i = 0; i < 3; ++i) {
    server.Stop();
    EXPECT_TRUE(IsTransient(Get(*resolver, "b.test")));
    EXPECT_EQ(Get(*resolver, "large.test"), Status::kOk);  // known, and nobody is asked
    server.Start();
    clock.Advance(seconds(10));
    EXPECT_EQ(Get(*resolver, "b.test"), Status::kOk);
    clock.Advance(seconds(1000));  // longer than b.test is kept
    EXPECT_EQ(Get(*resolver, "large.test"), Status::kOk);
  }
}

TEST(CaresResolver, EndsWithQuestionsUnderWayWithoutWaitingForThem) {
  test::DnsServer server("*.dead.test !timeout");
  ResolverOptions options = OptionsFor(server);
  options.timeout = seconds(60);
  auto resolver = Make(options);
  std::vector<Query> queries;
  for (int i = 0; i < 100; ++i) {
    queries.push_back(resolver->Ask(std::to_string(i) + ".dead.test", RecordType::kTxt));
  }
  std::thread waiting(
      [query = queries[0]] { EXPECT_EQ(query.Wait(In(seconds(60)))->status, Status::kTimeout); });
  const auto start = SteadyClock::now();
  resolver.reset();
  waiting.join();
  for (const Query& query : queries) EXPECT_TRUE(query.Ready());
  EXPECT_LT(SteadyClock::now() - start, seconds(10));
}

TEST(CaresResolver, AHundredThousandNamesDoNotGrowTheCacheBeyondItsBound) {
  test::DnsServer server("*.test TXT \"some text that takes a little room in the cache\"");
  ResolverOptions options = OptionsFor(server);
  options.timeout = seconds(10);
  options.cache_entries = 1000;
  const auto resolver = Make(options);
  std::vector<Query> batch;
  for (int i = 0; i < 100'000; ++i) {
    batch.push_back(resolver->Ask("n" + std::to_string(i) + ".test", RecordType::kTxt));
    if (batch.size() < 200) continue;
    for (const Query& query : batch) ASSERT_EQ(query.Wait(In(seconds(20)))->status, Status::kOk);
    batch.clear();
  }
  const ResolverCounters counters = resolver->Counters();
  EXPECT_EQ(counters.sent, 100'000U);
  EXPECT_LE(counters.cache_entries, 1000U);
  EXPECT_LE(counters.cache_bytes, 1000U * 1024U);
}

TEST(CaresResolver, LargeAnswersDoNotGrowTheCacheBeyondItsBytes) {
  test::DnsServer server("* !huge 200");
  ResolverOptions options = OptionsFor(server);
  options.cache_bytes = 2 << 20;
  const auto resolver = Make(options);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Get(*resolver, "n" + std::to_string(i) + ".test"), Status::kOk);
  }
  const ResolverCounters counters = resolver->Counters();
  EXPECT_LE(counters.cache_bytes, options.cache_bytes);
  EXPECT_GE(counters.cache_entries, 16U);
}

TEST(CaresResolver, TrustsTheAuthenticatedBitOnlyAsConfigured) {
  test::DnsServer server("a.test TXT x\n* !ad");
  for (const bool trusted : {true, false}) {
    ResolverOptions options = OptionsFor(server);
    options.trust_ad = trusted;
    const auto resolver = Make(options);
    const AnswerPtr answer = resolver->Ask("a.test", RecordType::kTxt).Wait(In(seconds(10)));
    EXPECT_EQ(answer->authenticated, trusted);
  }
}

TEST(CaresResolver, NeverAsksForOnionNames) {  // RFC 7686
  test::DnsServer server("*.onion TXT x");
  const auto resolver = Make(OptionsFor(server));
  EXPECT_EQ(Get(*resolver, "a.onion"), Status::kNxDomain);
  EXPECT_EQ(server.Total(), 0U);
}

TEST(CaresResolver, CountsBadNamesAndSendsNone) {
  test::DnsServer server;
  const auto resolver = Make(OptionsFor(server));
  EXPECT_EQ(Get(*resolver, "a..test"), Status::kBadName);
  EXPECT_EQ(resolver->Counters().bad_names, 1U);
  EXPECT_EQ(resolver->Counters().asked, 1U);
  EXPECT_EQ(server.Total(), 0U);
}

TEST(CaresResolver, RefusesAServerThatIsNotAnAddress) {
  ResolverOptions options;
  options.servers = {"127.0.0.1", "dns.example"};
  const auto resolver = CaresResolver::Create(options);
  ASSERT_FALSE(resolver);
  EXPECT_EQ(resolver.error().kind, base::ErrorKind::kInvalid);
  EXPECT_EQ(resolver.error().message, "not the address of a DNS server: \"dns.example\"");
}

TEST(CaresResolver, StartsWithTheServersOfTheSystem) {
  EXPECT_TRUE(CaresResolver::Create(ResolverOptions()));
}

}  // namespace
}  // namespace gatepost::dns
