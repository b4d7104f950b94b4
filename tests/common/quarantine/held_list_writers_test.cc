// Several command lines change one message at the same time: nobody's mark is lost.
#include <algorithm>
#include <random>
#include <thread>

#include "common/quarantine/held_list.h"
#include "common/store/redis_store.h"
#include "tests/common/quarantine/held_examples.h"
#include "tests/support/redis_server.h"
#include "tests/support/switched_store.h"

namespace gatepost::quarantine {
namespace {

using namespace std::chrono_literals;

constexpr int kRecipients = 10;
constexpr int kRounds = 15;

struct InMemory {
  support::SwitchedStore store;
};

struct InRedis {
  support::RedisServer server;
  store::RedisStore store{store::RedisOptions{
      *store::RedisAddress::Parse(server.url()), {}, {10s, 10s, 1s, 20ms, 100ms}, {}}};
  InRedis() { store.WaitForFirstState(std::chrono::steady_clock::now() + 20s); }
};

template <class Where>
class HeldListWriters : public testing::Test {
 protected:
  static HeldMessage Message(int round) {
    HeldMessage message = Example("4XyZ" + std::to_string(10 + round));
    message.recipients.clear();
    for (int i = 0; i < kRecipients; ++i) {
      message.recipients.push_back({"user" + std::to_string(i) + "@example.org", "", {}});
    }
    return message;
  }
  // One command line.
  void Write(const HeldMessage& known, const HeldList::Edit& change) {
    HeldList list(where_.store, {known.host, {}, 1h}, base::SystemClock::Instance());
    EXPECT_TRUE(list.Refresh());
    EXPECT_TRUE(list.Update(known, change));
  }
  static void Serve(HeldMessage& message, int recipient) {
    auto& served = message.recipients[static_cast<std::size_t>(recipient)];
    served.served_by = "writer" + std::to_string(recipient);
    served.served_at = message.since;
  }

  Where where_;
};

using Stores = testing::Types<InMemory, InRedis>;
TYPED_TEST_SUITE(HeldListWriters, Stores);

TYPED_TEST(HeldListWriters, LoseNoMarkOfEachOther) {
  HeldList program(this->where_.store, {Example().host, {}, 1h}, base::SystemClock::Instance());
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  for (int round = 0; round < kRounds; ++round) {
    const HeldMessage message = this->Message(round);
    ASSERT_TRUE(program.Put(message));
    ASSERT_TRUE(program.Refresh());
    std::vector<HeldList::Edit> edits;
    for (int i = 0; i < kRecipients; ++i) {
      edits.emplace_back([this, i](HeldMessage& one) { this->Serve(one, i); });
    }
    edits.emplace_back([](HeldMessage& one) { one.state = State::kReleased; });
    edits.emplace_back([](HeldMessage& one) {
      if (one.state == State::kHeld) one.state = State::kGone;
    });
    std::ranges::shuffle(edits, random);
    std::vector<std::thread> writers;
    for (const auto& edit : edits) {
      writers.emplace_back([&] { this->Write(message, edit); });
    }
    for (std::thread& writer : writers) writer.join();
    ASSERT_TRUE(program.Refresh());
    HeldMessage want = message;
    for (int i = 0; i < kRecipients; ++i) this->Serve(want, i);
    want.state = State::kReleased;
    EXPECT_EQ(program.Find(message.queue_id), want);
  }
}

TYPED_TEST(HeldListWriters, PutBackWhatTheStoreLost) {
  HeldList list(this->where_.store, {Example().host, {}, 1h}, base::SystemClock::Instance());
  const auto written = list.Update(this->Message(0), [this](auto& one) { this->Serve(one, 0); });
  ASSERT_TRUE(written);
  EXPECT_EQ(list.Find(this->Message(0).queue_id), *written);
}

}  // namespace
}  // namespace gatepost::quarantine
