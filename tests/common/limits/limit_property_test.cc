// Random mail against limits counted the plain way. GATEPOST_LIMIT_OPERATIONS sets how many
// operations are tried; the ordinary run is short.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>

#include "common/store/keys.h"
#include "common/store/limit_charges.h"
#include "common/store/limit_state.h"
#include "common/store/memory_store.h"
#include "common/store/redis_store.h"
#include "common/store/script.h"
#include "tests/common/limits/limit_model.h"
#include "tests/support/redis_server.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using store::LimitState;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

int Operations(int ordinary) {
  const char* const wanted = std::getenv("GATEPOST_LIMIT_OPERATIONS");
  return wanted ? std::atoi(wanted) : ordinary;
}

struct Slot {
  std::string name;
  milliseconds window;
  std::int64_t limit;
};

// One limiter beside its model: two subjects, two slots each, one message after the other or many
// at once.
class Trial {
 public:
  Trial(store::Store& store, const base::Clock& clock, std::vector<Slot> slots,
        milliseconds reservation_life, std::size_t once_percent)
      : store_(store),
        clock_(clock),
        slots_(std::move(slots)),
        life_(reservation_life),
        once_percent_(once_percent) {
    for (std::size_t i = 0; i < keys_.size() * slots_.size(); ++i) {
      models_.emplace_back(slots_[i % slots_.size()].window.count());
    }
  }

  void Step() {
    const std::size_t which = Upto(99);
    if (open_.empty() || (which < 55 && open_.size() < 30)) return Reserve();
    const std::size_t message = Upto(open_.size() - 1);
    if (which < 85 - once_percent_) return Settle(message, "commit");
    if (which < 85) return Settle(message, "once");
    if (which < 95) return Settle(message, "release");
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(message));  // killed: it expires
  }

  std::size_t Upto(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random_);
  }

  std::int64_t granted() const { return granted_; }
  std::int64_t refused() const { return refused_; }

 private:
  struct Message {
    std::string id;
    store::LimitCharges charges;
  };

  std::int64_t NowMs() const {
    return std::chrono::floor<milliseconds>(clock_.Wall()).time_since_epoch().count();
  }

  std::vector<std::int64_t> Run(const store::Script& script,
                                const std::vector<std::string>& arguments) {
    span_.from = NowMs();
    auto keys = keys_;
    if (arguments[1] == "once") {
      keys.push_back(store::KeyMaker::Settled(keys[0], arguments[0]));
    }
    const auto result = store_.Run(script, keys, arguments, Soon());
    span_.to = NowMs();
    EXPECT_TRUE(result);
    return result.value_or(std::vector<std::int64_t>{});
  }

  store::LimitCharges SomeCharges() {
    store::LimitCharges charges(keys_.size());
    for (auto& subject : charges) {
      for (const auto& slot : slots_) {
        const auto amount = static_cast<std::int64_t>(Upto(9) == 0 ? Upto(12) : 1);
        subject.push_back({slot.name, slot.window, slot.limit, amount, true, false});
      }
    }
    return charges;
  }

  Message& SomeMessage() {
    if (!open_.empty() && Upto(3) == 0) return open_[Upto(open_.size() - 1)];
    open_.push_back({"message-" + std::to_string(++last_), {}});
    return open_.back();
  }

  void Reserve() {
    Message& message = SomeMessage();
    const auto charges = SomeCharges();
    const auto answer =
        Run(store::scripts::kLimitsReserve,
            {message.id, std::to_string(life_.count()), "", store::FormatToReserve(charges)});
    ASSERT_GE(answer.size(), 2);
    bool may_be_refused = false, must_be_refused = false;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      const auto& charge = charges[i / slots_.size()][i % slots_.size()];
      if (charge.amount == 0) continue;
      must_be_refused |= models_[i].Sure(span_) + charge.amount > charge.limit;
      may_be_refused |= models_[i].Possible(span_) + charge.amount > charge.limit;
    }
    if (answer[0] == 0) return Refused(message, may_be_refused);
    ++granted_;
    ASSERT_FALSE(must_be_refused) << "one more than the limit";
    for (std::size_t i = 0; i < models_.size(); ++i) {
      const auto& subject = charges[i / slots_.size()];
      const auto amount = subject[i % slots_.size()].amount;
      // Where nothing of a subject is reserved, nothing of it is renewed either.
      if (std::ranges::all_of(subject, [](const auto& c) { return c.amount == 0; })) continue;
      models_[i].Reserve(message.id, amount, life_.count(), span_);
    }
    Add(message, charges);
  }

  void Refused(const Message& message, bool may_be) {
    ++refused_;
    ASSERT_TRUE(may_be) << "one less than the limit";
    if (message.charges.empty()) open_.pop_back();
  }

  static void Add(Message& message, const store::LimitCharges& charges) {
    if (message.charges.empty()) {
      message.charges = charges;
      return;
    }
    for (std::size_t k = 0; k < charges.size(); ++k) {
      for (std::size_t c = 0; c < charges[k].size(); ++c) {
        message.charges[k][c].amount += charges[k][c].amount;
      }
    }
  }

  static std::vector<std::string> SettleArguments(const Message& message, const std::string& mode) {
    return {message.id, mode, "0", store::FormatToSettle(message.charges), "0", "1", "1"};
  }

  void Settle(std::size_t index, const std::string& mode) {
    const Message message = open_[index];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
    const bool counts = mode != "release";
    Run(store::scripts::kLimitsSettle, SettleArguments(message, mode));
    const LimitModel::Span when = span_;
    if (mode == "once") Run(store::scripts::kLimitsSettle, SettleArguments(message, mode));
    for (std::size_t i = 0; i < models_.size(); ++i) {
      models_[i].Release(message.id);
      const auto amount = message.charges[i / slots_.size()][i % slots_.size()].amount;
      if (counts && amount > 0) models_[i].Commit(amount, when);
    }
  }

  store::Store& store_;
  const base::Clock& clock_;
  const std::vector<Slot> slots_;
  const milliseconds life_;
  const std::size_t once_percent_;  // each leaves a mark for minutes, which costs the store time
  // One hash tag, so that memory takes them in one script.
  const std::vector<store::Key> keys_{store::KeyMaker::Limits("user alice@example.org"),
                                      store::KeyMaker::Watch("user alice@example.org")};
  std::vector<LimitModel> models_;  // by key, then slot
  std::vector<Message> open_;
  LimitModel::Span span_;  // of the last call
  std::int64_t last_ = 0, granted_ = 0, refused_ = 0;
  std::mt19937 random_{20'260'103};
};

TEST(LimitPropertyTest, NeverLetsOneMoreThroughInMemoryAndNeverOneLess) {
  base::ManualClock clock;
  store::MemoryStore memory(clock);
  Trial trial(memory, clock, {{"r1m", 60s, 20}, {"m7s", 7'777ms, 9}}, 30s, 10);
  const int operations = Operations(3'000);
  for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) {
    trial.Step();
    const std::size_t pause = trial.Upto(9);
    if (pause == 0) clock.Advance(milliseconds(trial.Upto(20'000)));
    if (pause < 5) clock.Advance(milliseconds(trial.Upto(1'000)));
  }
  EXPECT_GT(trial.granted(), operations / 10);
  EXPECT_GT(trial.refused(), operations / 100);
  RecordProperty("granted", std::to_string(trial.granted()));
  RecordProperty("refused", std::to_string(trial.refused()));
}

TEST(LimitPropertyTest, NeverLetsOneMoreThroughOnRedisAndNeverOneLess) {
  support::RedisServer server;
  store::RedisStore redis(
      {*store::RedisAddress::Parse(server.url()), {}, {10s, 10s, 1s, 20ms, 100ms}, {}});
  redis.WaitForFirstState(Soon());
  Trial trial(redis, base::SystemClock::Instance(), {{"r2s", 2s, 300}, {"m300", 300ms, 50}}, 100ms,
              1);
  const int operations = Operations(1'500);
  for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) trial.Step();
  EXPECT_GT(trial.granted(), operations / 100);
  EXPECT_GT(trial.refused(), operations / 100);
  RecordProperty("granted", std::to_string(trial.granted()));
  RecordProperty("refused", std::to_string(trial.refused()));
}

}  // namespace
}  // namespace gatepost::limits
