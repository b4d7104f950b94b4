#include "common/report/report_store.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "tests/support/redis_server.h"

namespace gatepost::report {
namespace {

using base::ErrorKind;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr Day kDay = 20'000;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 60s; }

AggregateRow Row(const std::string& domain, int number = 0) {
  AggregateRow row;
  row.source_ip = "10." + std::to_string(number / 65'536) + "." +
                  std::to_string(number / 256 % 256) + "." + std::to_string(number % 256);
  row.disposition = "none";
  row.header_from = row.policy.domain = domain;
  row.policy.policy = "reject";
  return row;
}

struct InMemory {
  store::MemoryStore store{base::SystemClock::Instance()};
};

struct OnRedis {
  support::RedisServer server;
  store::RedisStore store{store::RedisOptions{
      *store::RedisAddress::Parse(server.url()), {}, {10s, 10s, 1s, 20ms, 100ms}, {}}};
  OnRedis() { store.WaitForFirstState(Soon()); }
};

template <class Backend>
class ReportStoreOn : public testing::Test {
 protected:
  void Add(const AggregateRow& row, const std::vector<std::string>& addresses = {},
           Day day = kDay) {
    ASSERT_TRUE(reports_.Add(day, row, addresses, Soon()));
  }
  std::map<std::string, std::uint64_t> Counts(const std::string& domain) {
    std::map<std::string, std::uint64_t> counts;
    const auto rows = reports_.Rows(kDay, domain, Soon()).value();
    for (const auto& row : rows.rows) {
      counts[row.row.source_ip] = row.count;
    }
    return counts;
  }

  Backend backend_;
  ReportStore reports_{backend_.store};
};

struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    return std::is_same_v<Backend, InMemory> ? "Memory" : "Redis";
  }
};

using Backends = testing::Types<InMemory, OnRedis>;
TYPED_TEST_SUITE(ReportStoreOn, Backends, BackendNames);

TYPED_TEST(ReportStoreOn, EqualRowsAreCounted) {
  this->Add(Row("example.org", 1));
  this->Add(Row("example.org", 2));
  this->Add(Row("example.org", 1));
  const auto rows = this->reports_.Rows(kDay, "example.org", Soon()).value();
  EXPECT_EQ(this->Counts("example.org"),
            (std::map<std::string, std::uint64_t>{{"10.0.0.1", 2}, {"10.0.0.2", 1}}));
  EXPECT_EQ(rows.rows.front().row.policy, Row("example.org").policy);
  EXPECT_EQ(rows.left_out, 0U);
}

TYPED_TEST(ReportStoreOn, TheAddressesAreThoseSeenLast) {
  this->Add(Row("example.org", 1), {"old@example.org"});
  this->Add(Row("example.org", 2), {"a@example.org", "b@example.net", "in\nvalid@example.net", ""});
  EXPECT_EQ(this->reports_.Rows(kDay, "example.org", Soon()).value().addresses,
            (std::vector<std::string>{"a@example.org", "b@example.net"}));
}

TYPED_TEST(ReportStoreOn, DaysAndDomainsAreApart) {
  this->Add(Row("example.org"));
  this->Add(Row("example.net"));
  this->Add(Row("example.com"), {}, kDay + 1);
  EXPECT_THAT(this->reports_.Domains(kDay, Soon()).value(),
              UnorderedElementsAre("example.net", "example.org"));
  EXPECT_THAT(this->reports_.Domains(kDay + 1, Soon()).value(),
              UnorderedElementsAre("example.com"));
  EXPECT_TRUE(this->reports_.Rows(kDay, "example.com", Soon()).value().rows.empty());
  EXPECT_TRUE(this->reports_.Domains(kDay + 2, Soon()).value().empty());
}

TYPED_TEST(ReportStoreOn, ADomainIsOneInEverySpelling) {
  this->Add(Row("Example.ORG."));
  EXPECT_THAT(this->reports_.Domains(kDay, Soon()).value(), UnorderedElementsAre("example.org"));
  EXPECT_EQ(this->reports_.Rows(kDay, "EXAMPLE.org", Soon()).value().rows.size(), 1U);
}

TYPED_TEST(ReportStoreOn, WhatIsNoDomainIsNoReport) {
  EXPECT_EQ(this->reports_.Add(kDay, Row("a b"), {}, Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->reports_.Rows(kDay, "", Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(this->reports_.Forget(kDay, "}", Soon()).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(this->reports_.Domains(kDay, Soon()).value().empty());
}

TYPED_TEST(ReportStoreOn, WhatIsForgottenIsGoneAndTheRestStays) {
  for (int i = 0; i < 100; ++i) this->Add(Row("example.org", i));
  this->Add(Row("example.net"));
  this->Add(Row("example.org"), {}, kDay + 1);
  ASSERT_TRUE(this->reports_.Forget(kDay, "example.org", Soon()));
  EXPECT_TRUE(this->reports_.Rows(kDay, "example.org", Soon()).value().rows.empty());
  EXPECT_THAT(this->reports_.Domains(kDay, Soon()).value(), UnorderedElementsAre("example.net"));
  EXPECT_EQ(this->reports_.Rows(kDay + 1, "example.org", Soon()).value().rows.size(), 1U);
  EXPECT_TRUE(this->reports_.Forget(kDay, "example.org", Soon()));
}

TYPED_TEST(ReportStoreOn, WhatCannotBeDecodedCountsAsLeftOut) {
  this->Add(Row("example.org"));
  const auto part = store::KeyMaker::ReportRows("example.org", kDay, 3);
  ASSERT_TRUE(this->backend_.store.SetField(part, "of another version", "7", Soon()));
  const auto rows = this->reports_.Rows(kDay, "example.org", Soon()).value();
  EXPECT_EQ(rows.rows.size(), 1U);
  EXPECT_EQ(rows.left_out, 7U);
}

TYPED_TEST(ReportStoreOn, ThreadsAddAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) this->Add(Row("example.org", j % 10));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto counts = this->Counts("example.org");
  EXPECT_EQ(counts.size(), 10U);
  EXPECT_TRUE(std::ranges::all_of(counts, [](const auto& count) { return count.second == 80; }));
}

TYPED_TEST(ReportStoreOn, RowsBeyondTheBoundAreCountedAsLeftOut) {
  // The totals say that the bound is near, as the way there takes a while.
  const auto totals = store::KeyMaker::Report("example.org", kDay);
  ASSERT_TRUE(this->backend_.store.SetField(totals, "rows", std::to_string(kMaxRowsPerReport - 100),
                                            Soon()));
  for (int i = 0; i < 105; ++i) this->Add(Row("example.org", i));
  this->Add(Row("example.org", 7));
  const auto rows = this->reports_.Rows(kDay, "example.org", Soon()).value();
  EXPECT_EQ(rows.rows.size(), 100U);
  EXPECT_EQ(rows.left_out, 5U);
  EXPECT_EQ(this->Counts("example.org").at("10.0.0.7"), 2U);
}

TYPED_TEST(ReportStoreOn, BytesBeyondTheBoundAreCountedAsLeftOut) {
  const auto totals = store::KeyMaker::Report("example.org", kDay);
  ASSERT_TRUE(this->backend_.store.SetField(totals, "bytes",
                                            std::to_string(kMaxBytesPerReport - 200), Soon()));
  for (int i = 0; i < 10; ++i) this->Add(Row("example.org", i));
  const auto rows = this->reports_.Rows(kDay, "example.org", Soon()).value();
  EXPECT_GT(rows.rows.size(), 0U);
  EXPECT_EQ(rows.rows.size() + rows.left_out, 10U);
}

// Puts rows straight into a report's parts, `each` into each.
void Fill(const OnRedis& redis, AggregateRow row, unsigned parts, int each) {
  for (unsigned part = 0; part < parts; ++part) {
    std::vector<std::string> words{"HSET",
                                   store::KeyMaker::ReportRows("example.org", kDay, part).text()};
    for (int i = 0; i < each; ++i) {
      row.source_ip = Row("", static_cast<int>(part) * each + i).source_ip;
      words.push_back(Encode(row));
      words.push_back("1");
    }
    ASSERT_EQ(redis.server.Command(words), ":" + std::to_string(each) + "\r\n");
  }
}

TEST(ReportStore, ReadsAsManyRowsAsItKeeps) {
  OnRedis redis;
  AggregateRow row = Row("example.org");
  row.dkim.assign(2, {"mail.example.org", "selector", "pass", ""});
  row.spf = {{"mail.example.org", "mfrom", "pass"}};
  Fill(redis, row, 16, kMaxRowsPerReport / 16);
  ReportStore reports(redis.store);
  EXPECT_EQ(reports.Rows(kDay, "example.org", Soon()).value().rows.size(), kMaxRowsPerReport);
}

TEST(ReportStore, ReadsAsManyBytesAsItKeepsEvenFromOnePart) {
  OnRedis redis;
  AggregateRow row = Row("example.org");
  row.dkim.assign(30, {std::string(250, 'd'), "s", "fail", std::string(250, 'h')});
  const int each = static_cast<int>(kMaxBytesPerReport / Encode(row).size());
  Fill(redis, row, 1, each);
  ReportStore reports(redis.store);
  EXPECT_EQ(reports.Rows(kDay, "example.org", Soon()).value().rows.size(),
            static_cast<std::size_t>(each));
}

TEST(ReportStore, ADomainWithoutRowsIsAnEmptyReport) {
  InMemory memory;
  ReportStore reports(memory.store);
  const auto rows = reports.Rows(kDay, "example.org", Soon()).value();
  EXPECT_TRUE(rows.rows.empty());
  EXPECT_TRUE(rows.addresses.empty());
}

TEST(ReportStore, RowsLeaveAfterEightDays) {
  base::ManualClock clock;
  store::MemoryStore memory(clock);
  ReportStore reports(memory);
  ASSERT_TRUE(reports.Add(kDay, Row("example.org"), {"a@example.org"}, Soon()));
  clock.Advance(kKeep - 1s);
  EXPECT_EQ(reports.Rows(kDay, "example.org", Soon()).value().rows.size(), 1U);
  clock.Advance(1s);
  EXPECT_TRUE(reports.Domains(kDay, Soon()).value().empty());
  EXPECT_EQ(memory.size(), 0U);
}

TEST(ReportStore, IsUnavailableWhileTheStoreIsAway) {
  OnRedis redis;
  redis.server.Kill();
  ReportStore reports(redis.store);
  while (redis.store.health() == store::Health::kUp) std::this_thread::yield();
  EXPECT_EQ(reports.Add(kDay, Row("example.org"), {}, Soon()).error().kind,
            ErrorKind::kUnavailable);
  EXPECT_EQ(reports.Rows(kDay, "example.org", Soon()).error().kind, ErrorKind::kUnavailable);
}

// Rows in the memory of one process reach nobody.
TEST(ReportStore, TellsOfARowThatALateServerDidNotTake) {
  OnRedis redis;
  store::ResilientStore store(
      std::make_unique<store::RedisStore>(store::RedisOptions{
          *store::RedisAddress::Parse(redis.server.url()), {}, {60s, 60s, 1s, 20ms, 100ms}, {}}),
      std::make_unique<store::MemoryStore>(base::SystemClock::Instance()));
  ReportStore reports(store);
  while (store.health() != store::Health::kUp) std::this_thread::yield();
  redis.server.Freeze();
  const auto added =
      reports.Add(kDay, Row("example.org"), {}, std::chrono::steady_clock::now() + 20ms);
  EXPECT_EQ(store.health(), store::Health::kUp);
  EXPECT_EQ(added.has_value() ? ErrorKind::kInternal : added.error().kind, ErrorKind::kTimeout);
  redis.server.Thaw();
}

TEST(DayOf, IsTheDayInUtc) {
  const auto at = [](std::int64_t seconds) {
    return DayOf(base::WallTime(std::chrono::seconds(seconds)));
  };
  EXPECT_EQ(at(0), 0);
  EXPECT_EQ(at(86'399), 0);
  EXPECT_EQ(at(86'400), 1);
  EXPECT_EQ(at(1'700'000'000), 19'675);
}

}  // namespace
}  // namespace gatepost::report
