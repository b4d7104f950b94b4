#include "common/warmup/counts.h"

#include "common/limits/ledger.h"
#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/warmup/held_mail.h"

namespace gatepost::warmup {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 5s; }

class CountsTest : public testing::Test {
 protected:
  void Use(const std::string& provider, std::int64_t amount) {
    limits::Ledger ledger(store_, {}, clock_);
    limits::Reservation reservation = ledger.Begin();
    const limits::Charge charge{DayLimit().slot(), DayLimit().window, 100, amount};
    const std::vector<limits::SubjectCharges> charges{{Subject("news", provider), {charge}}};
    ASSERT_TRUE(reservation.Reserve(charges, {}, Soon()).reserved);
    reservation.Commit(0, Soon());
    ledger.Flush();
  }
  void Hold(const std::string& host, const HeldMail& mail) {
    ASSERT_TRUE(store_.SetField(store::KeyMaker::Hosts(), host, "1", Soon()));
    ASSERT_TRUE(store_.SetField(HeldKey(host), mail.queue_id, mail.Format(), Soon()));
  }

  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
};

TEST_F(CountsTest, WhatWasUsedIsThatOfTheLast24Hours) {
  Use("gmail", 3);
  clock_.Advance(20h);
  Use("gmail", 4);
  const auto used = [&] {
    return CountUsed("news", {"gmail", "other"}, clock_.Wall(), store_, Soon()).value();
  };
  EXPECT_THAT(used(), ElementsAre(7, 0));
  clock_.Advance(5h);
  EXPECT_THAT(used(), ElementsAre(4, 0));
  EXPECT_THAT(CountUsed("news", {}, clock_.Wall(), store_, Soon()).value(), ElementsAre());
}

TEST_F(CountsTest, WhatWaitsIsThatOfAllHosts) {
  Hold("mx1", {"A", base::WallTime(500s), "news", {"gmail"}});
  Hold("mx1", {"B", base::WallTime(300s), "news", {"gmail", "other"}});
  Hold("mx2", {"A", base::WallTime(400s), "app", {"gmail"}});
  ASSERT_TRUE(store_.SetField(HeldKey("mx2"), "C", "nonsense", Soon()));
  EXPECT_THAT(CountWaiting(store_, Soon()).value(),
              ElementsAre(Waiting{"app", "gmail", 1, base::WallTime(400s)},
                          Waiting{"news", "gmail", 2, base::WallTime(300s)},
                          Waiting{"news", "other", 1, base::WallTime(300s)}));
}

}  // namespace
}  // namespace gatepost::warmup
