#include "common/report/report_collector.h"

#include <chrono>
#include <string>
#include <thread>

#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "tests/support/redis_server.h"

namespace gatepost::report {
namespace {

using base::ErrorKind;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr Day kDay = 20'000;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 60s; }

AggregateRow Row(const std::string& domain) {
  AggregateRow row;
  row.source_ip = "192.0.2.1";
  row.disposition = "none";
  row.header_from = row.policy.domain = domain;
  row.policy.policy = "reject";
  return row;
}

class ReportCollectorTest : public testing::Test {
 protected:
  base::Result<void> Add(const std::string& domain, Day day = kDay) {
    return collector_.Add(day, Row(domain), {"a@example.org"}, Soon());
  }
  std::vector<std::string> Domains(Day day = kDay) {
    return ReportStore(store_).Domains(day, Soon()).value();
  }

  store::MemoryStore store_{base::SystemClock::Instance()};
  ReportCollector collector_{store_};
};

TEST_F(ReportCollectorTest, CountsRowsOfListedDomains) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Add("Example.ORG"));
  ASSERT_TRUE(Add("example.net"));
  ASSERT_TRUE(Add("example.org", kDay + 1));
  EXPECT_THAT(Domains(), UnorderedElementsAre("example.net", "example.org"));
  EXPECT_THAT(Domains(kDay + 1), UnorderedElementsAre("example.org"));
  const auto rows = ReportStore(store_).Rows(kDay, "example.org", Soon()).value();
  ASSERT_EQ(rows.rows.size(), 1U);
  EXPECT_EQ(rows.rows.front().count, 3U);
  EXPECT_EQ(rows.addresses, std::vector<std::string>{"a@example.org"});
}

TEST_F(ReportCollectorTest, WhatIsNoDomainIsNoReport) {
  EXPECT_EQ(Add("a b").error().kind, ErrorKind::kInvalid);
}

TEST_F(ReportCollectorTest, AReportThatBeginsAgainIsListedAgain) {
  ASSERT_TRUE(Add("example.org"));
  ASSERT_TRUE(ReportStore(store_).Forget(kDay, "example.org", Soon()));
  ASSERT_TRUE(Add("example.org"));
  EXPECT_THAT(Domains(), UnorderedElementsAre("example.org"));
}

// A wildcard zone has as many policy domains as its owner likes.
TEST_F(ReportCollectorTest, OneZoneCannotFillTheListOfTheDay) {
  const auto host = [](std::size_t i) { return "h" + std::to_string(i) + ".a.attacker.example"; };
  for (std::size_t i = 0; i < ReportCollector::kMaxBelowOneParent; ++i) ASSERT_TRUE(Add(host(i)));
  EXPECT_EQ(Add("another.attacker.example").error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(Add(host(0)));  // listed domains go on
  EXPECT_TRUE(Add("example.org"));
  EXPECT_TRUE(Add("another.attacker.example", kDay + 1));
  EXPECT_EQ(Domains().size(), ReportCollector::kMaxBelowOneParent + 1);
}

TEST_F(ReportCollectorTest, WhatMayBeAPublicSuffixHasRoomForMoreDomains) {
  for (std::size_t i = 0; i <= ReportCollector::kMaxBelowOneParent; ++i) {
    ASSERT_TRUE(Add("h" + std::to_string(i) + ".co.uk"));
  }
}

TEST_F(ReportCollectorTest, ThreadsAddAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 100; ++j) EXPECT_TRUE(Add("h" + std::to_string(j % 10) + ".example"));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Domains().size(), 10U);
}

TEST(ReportCollector, ARowOfAKnownDomainIsOneRoundTrip) {
  support::RedisServer server;
  store::RedisStore store{store::RedisOptions{
      *store::RedisAddress::Parse(server.url()), {}, {60s, 60s, 30s, 20ms, 100ms}, {}}};
  store.WaitForFirstState(Soon());
  ReportCollector collector(store);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(collector.Add(kDay, Row("example.org"), {}, Soon()));
  }
  const std::string stats = server.Command({"INFO", "commandstats"});
  // Both scripts once by their text, as the server does not know them yet: calls by name are the
  // list's and five rows'.
  EXPECT_THAT(stats, testing::HasSubstr("cmdstat_evalsha:calls=6,"));
}

}  // namespace
}  // namespace gatepost::report
