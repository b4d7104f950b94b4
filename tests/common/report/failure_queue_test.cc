#include "common/report/failure_queue.h"

#include <chrono>

#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/resilient_store.h"
#include "tests/support/redis_server.h"

namespace gatepost::report {
namespace {

using namespace std::chrono_literals;

const base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

base::Deadline Soon() { return std::chrono::steady_clock::now() + 60s; }

FailureReport Report(const std::string& domain, const std::string& message = "Hello\r\n") {
  return {domain, "failures@" + domain, true, message};
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
class FailureQueueOn : public testing::Test {
 protected:
  bool Add(const FailureReport& report, const FailureRate& rate = {}, base::WallTime now = kNow) {
    return queue_.Add(report, rate, now, Soon()).value();
  }
  // All that may be sent at this time.
  std::vector<FailureReport> Waiting(base::WallTime now) {
    std::vector<FailureReport> all;
    for (const FailureQueue::Slot slot : FailureQueue::Closed(now)) {
      const auto reports = queue_.Read(slot, Soon()).value();
      all.insert(all.end(), reports.begin(), reports.end());
    }
    return all;
  }

  Backend backend_;
  FailureQueue queue_{backend_.store};
};

using Backends = testing::Types<InMemory, OnRedis>;
TYPED_TEST_SUITE(FailureQueueOn, Backends);

TYPED_TEST(FailureQueueOn, HandsReportsOutInOrderOnceTheirSlotHasClosed) {
  const std::vector<FailureReport> reports{Report("a.example", "one"), Report("b.example", "two")};
  for (const FailureReport& report : reports) EXPECT_TRUE(this->Add(report));
  EXPECT_TRUE(this->Waiting(kNow).empty());
  EXPECT_EQ(this->Waiting(kNow + 10min), reports);
  EXPECT_EQ(this->Waiting(kNow + 20h), reports) << "a sender that was away finds them";
  EXPECT_TRUE(this->Waiting(kNow + 25h).empty());
}

TYPED_TEST(FailureQueueOn, ForgetsASlotThatWasSent) {
  EXPECT_TRUE(this->Add(Report("a.example")));
  for (const FailureQueue::Slot slot : FailureQueue::Closed(kNow + 10min)) {
    EXPECT_TRUE(this->queue_.Forget(slot, Soon()));
  }
  EXPECT_TRUE(this->Waiting(kNow + 10min).empty());
}

TYPED_TEST(FailureQueueOn, QueuesNoMoreThanTheRateOfADomainAllows) {
  const FailureRate rate{2, 100};
  EXPECT_TRUE(this->Add(Report("a.example"), rate));
  EXPECT_TRUE(this->Add(Report("a.example"), rate));
  EXPECT_FALSE(this->Add(Report("a.example"), rate));
  EXPECT_TRUE(this->Add(Report("b.example"), rate));
  EXPECT_TRUE(this->Add(Report("a.example"), rate, kNow + 1h));
}

TYPED_TEST(FailureQueueOn, QueuesNoMoreThanTheRateOfAllAllows) {
  const FailureRate rate{5, 2};
  EXPECT_TRUE(this->Add(Report("a.example"), rate));
  EXPECT_TRUE(this->Add(Report("b.example"), rate));
  EXPECT_FALSE(this->Add(Report("c.example"), rate));
}

TYPED_TEST(FailureQueueOn, LeavesOutAReportThatIsTooLarge) {
  const std::string large(FailureQueue::kMaxMessageBytes + 1, 'x');
  EXPECT_FALSE(this->Add(Report("a.example", large)));
}

// The memory that stands in for a late server neither counts for all hosts nor forgets for them.
TEST(FailureQueue, FailsWhereALateServerDoesNotAnswer) {
  OnRedis redis;
  store::ResilientStore store(
      std::make_unique<store::RedisStore>(store::RedisOptions{
          *store::RedisAddress::Parse(redis.server.url()), {}, {60s, 60s, 1s, 20ms, 100ms}, {}}),
      std::make_unique<store::MemoryStore>(base::SystemClock::Instance()));
  while (store.health() != store::Health::kUp) std::this_thread::yield();
  FailureQueue queue(store);
  const auto late = [] { return std::chrono::steady_clock::now() + 20ms; };
  redis.server.Freeze();
  EXPECT_FALSE(queue.Add(Report("example.org"), {0, 0}, kNow, late()).has_value());
  EXPECT_FALSE(queue.Forget(1, late()).has_value());
  redis.server.Thaw();
}

}  // namespace
}  // namespace gatepost::report
