// A message counts once, whichever answer of the store is lost on the way, and whether what was
// asked had its effect or not.
#include "common/limits/handover.h"

#include <chrono>
#include <string>
#include <vector>

#include "common/limits/ledger.h"
#include "common/store/keys.h"
#include "common/store/limit_state.h"
#include "tests/support/switched_store.h"

namespace gatepost::limits {
namespace {

using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

struct LostAnswer {
  const char* name;
  bool away_at_recipients;
  bool away_at_end;
};
constexpr LostAnswer kLostAnswers[] = {
    {"LetThroughAlone", true, true},
    {"TheStoreComesBackBeforeTheEnd", true, false},
    {"TheStoreLeavesBeforeTheEnd", false, true},
    {"TheStoreIsThere", false, false},
};

class LostAnswerTest : public testing::TestWithParam<LostAnswer> {
 protected:
  // What a message to two recipients counts, where the answer to a script call is lost.
  static std::vector<std::int64_t> Counted(int lost, bool has_effect) {
    const LostAnswer& when = GetParam();
    const std::vector<std::string> subjects{"user alice@example.org", "user-domain example.org"};
    std::vector<SubjectCharges> charges;
    for (const auto& subject : subjects) charges.push_back({subject, {{"r1h", 1h, 9, 1}}});

    support::SwitchedStore store;
    store.scripts_to_spare = lost;
    (has_effect ? store.answers_to_lose : store.scripts_to_lose) = 1;
    Ledger ledger(store, {});
    auto message = ledger.Begin();
    store.away = when.away_at_recipients;
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(message.Reserve(charges, {}, Soon()).reserved);
    store.away = when.away_at_end;
    message.Commit(-1, Soon());
    store.away = false;
    ledger.Flush();
    EXPECT_EQ(ledger.waiting(), 0);

    std::vector<std::int64_t> counted;
    for (const auto& subject : subjects) {
      counted.push_back(0);
      const auto value = store.Get(store::KeyMaker::Limits(subject), Soon()).value();
      if (!value) continue;
      const auto state = store::LimitState::Parse(*value).value();
      const auto found = state.slots.find("r1h");
      if (found == state.slots.end()) continue;
      for (const auto& [slice, amount] : found->second.used) counted.back() += amount;
      EXPECT_EQ(found->second.limit, 9);
    }
    return counted;
  }
};

TEST_P(LostAnswerTest, AMessageCountsOnce) {
  for (int lost = 0; lost < 12; ++lost) {
    for (const bool has_effect : {false, true}) {
      EXPECT_EQ(Counted(lost, has_effect), (std::vector<std::int64_t>{2, 2}))
          << "call " << lost << (has_effect ? " had" : " had not") << " its effect";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LostAnswerTest, testing::ValuesIn(kLostAnswers),
                         [](const auto& when) { return when.param.name; });

}  // namespace
}  // namespace gatepost::limits
