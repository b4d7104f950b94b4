// limits_*.lua and their C++ forms: the same answers, the same meaning of what they write.
#include <random>

#include "common/store/keys.h"
#include "common/store/limit_charges.h"
#include "common/store/limit_state.h"
#include "tests/common/store/script_peers.h"

namespace gatepost::store {
namespace {

using Numbers = std::vector<std::int64_t>;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

std::int64_t UnixMs() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now())
      .time_since_epoch()
      .count();
}

constexpr std::array<milliseconds, 3> kWindows{60s, 3'600s, 86'400s};
const std::array<std::string, 3> kSlots{"r1m", "r1h", "m1d"};
const std::string kId = "4f9k2m1x7qhd";

class RandomNumbers {
 public:
  std::int64_t Upto(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  }
  bool OneIn(std::int64_t n) { return Upto(n - 1) == 0; }

 private:
  std::mt19937 random_{20'260'102};
};

class LimitScripts : public ScriptPeers {
 protected:
  struct Step {
    std::vector<std::string> values;  // what the subjects hold before; "": nothing
    const Script* script = nullptr;
    std::vector<std::string> arguments;
    bool known = false;
    bool counted_before = false;  // of mode "once"
  };

  static std::vector<Key> Keys(const Step& step) {
    std::vector<Key> keys;
    // One hash tag for all, so that memory takes them too.
    keys.push_back(KeyMaker::Limits("user alice@example.org"));
    if (step.values.size() > 1) keys.push_back(KeyMaker::Watch("user alice@example.org"));
    if (step.known) keys.push_back(KeyMaker::KnownRecipients("user alice@example.org"));
    return keys;
  }

  struct Result {
    Numbers answer;
    std::vector<LimitState> states;
  };

  Result RunOn(Store& store, const Step& step) {
    auto keys = Keys(step);
    for (std::size_t k = 0; k < step.values.size(); ++k) {
      EXPECT_TRUE(step.values[k].empty() ? store.Erase(keys[k], Soon())
                                         : store.Set(keys[k], step.values[k], 24h, Soon()));
    }
    if (step.script == &scripts::kLimitsSettle && step.arguments[1] == "once") {
      keys.push_back(KeyMaker::Settled(keys[0], kId));
      if (!step.counted_before) {
        EXPECT_TRUE(store.Erase(keys.back(), Soon()));
      }
    }
    const auto answer = store.Run(*step.script, keys, step.arguments, Soon());
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return {answer.value_or(Numbers()), StatesOf(store, step)};
  }

  std::vector<LimitState> StatesOf(Store& store, const Step& step) {
    std::vector<LimitState> states;
    const auto keys = Keys(step);
    for (std::size_t k = 0; k < step.values.size(); ++k) {
      const auto value = store.Get(keys[k], Soon());
      if (!value || !*value) {
        states.emplace_back();
        continue;
      }
      const auto state = LimitState::Parse(**value);  // rubbish stays where nothing is written
      states.push_back(state ? *state : LimitState());
    }
    return states;
  }

  static Numbers Slices() {
    Numbers slices;
    for (const auto window : kWindows) slices.push_back(LimitState::SliceAt(UnixMs(), window));
    return slices;
  }

  // False where a new slice began meanwhile, so that the two may differ.
  bool Compare(const Step& step) {
    const auto slices = Slices();
    const std::int64_t start = UnixMs();
    auto on_redis = RunOn(redis_, step);
    auto in_memory = RunOn(memory_, step);
    const std::int64_t took = UnixMs() - start + 1;
    if (Slices() != slices) return false;
    // Times that are told may differ by what passed between the two.
    EXPECT_EQ(on_redis.answer.size(), in_memory.answer.size());
    for (std::size_t i = 0; i < in_memory.answer.size(); ++i) {
      const bool is_room = i >= 3 && in_memory.answer[i - 1] < 0 && in_memory.answer[i] > 0;
      EXPECT_LE(std::abs(on_redis.answer[i] - in_memory.answer[i]), is_room ? took : 0) << i;
    }
    const std::int64_t now = UnixMs();
    for (std::size_t k = 0; k < in_memory.states.size(); ++k) {
      for (auto* const states : {&on_redis.states, &in_memory.states}) {
        (*states)[k].Advance(now);
        for (auto& [id, entry] : (*states)[k].pending) {
          std::ranges::sort(entry.amounts);
          if (id == kId && entry.expires_ms < now + 1'000'000) entry.expires_ms = 0;
        }
      }
      EXPECT_EQ(on_redis.states[k], in_memory.states[k]);
    }
    return !HasFailure();
  }

  Key known_ = KeyMaker::KnownRecipients("user alice@example.org");
};

LimitState::Slices RandomSlices(RandomNumbers& random, std::int64_t newest) {
  LimitState::Slices slices;
  for (std::int64_t age = random.Upto(LimitState::kSlices); age >= 0; age -= 1 + random.Upto(30)) {
    slices.emplace_back(newest - age, 1 + random.Upto(20));
  }
  return slices;
}

// What a subject may hold after any time without mail.
std::string RandomValue(RandomNumbers& random) {
  if (random.OneIn(8)) return "";
  if (random.OneIn(10)) return random.OneIn(2) ? "rubbish" : std::string("\x01\x00\x00\x05", 4);
  LimitState state;
  const std::int64_t now = UnixMs();
  for (std::size_t i = 0; i < kSlots.size(); ++i) {
    if (random.OneIn(4)) continue;
    const auto window = random.OneIn(20) ? 1'000s : kWindows[i];
    const std::int64_t slice = LimitState::SliceAt(now, window);
    const std::int64_t newest =
        slice - (random.OneIn(3) ? random.Upto(70) : 0) + (random.OneIn(20) ? random.Upto(100) : 0);
    state.slots[kSlots[i]] = {window, random.Upto(100), newest, RandomSlices(random, newest)};
    if (random.OneIn(3)) state.refused[kSlots[i]] = RandomSlices(random, slice);
  }
  for (std::int64_t n = random.Upto(3); n > 0 && !state.slots.empty(); --n) {
    auto& entry = state.pending[n == 1 ? kId : "otherid00" + std::to_string(n)];
    entry.expires_ms = now + (random.OneIn(3) ? -1 : 1) * (100'000 + random.Upto(100'000'000));
    for (const auto& [name, slot] : state.slots) {
      if (!random.OneIn(3)) entry.amounts.emplace_back(name, 1 + random.Upto(10));
    }
  }
  return state.Format();
}

LimitCharges RandomCharges(RandomNumbers& random, std::size_t subjects) {
  LimitCharges charges(subjects);
  for (auto& subject : charges) {
    for (std::size_t i = 0; i < kSlots.size(); ++i) {
      if (random.OneIn(3)) continue;
      subject.push_back({kSlots[i], kWindows[i], random.Upto(random.OneIn(4) ? 20 : 200),
                         random.Upto(random.OneIn(10) ? 300 : 5), !random.OneIn(4),
                         random.OneIn(4)});
    }
  }
  return charges;
}

TEST_F(LimitScripts, ReserveTheSameInLuaAndInCpp) {
  RandomNumbers random;
  int compared = 0;
  for (int i = 0; i < 600 && !HasFailure(); ++i) {
    Step step{{RandomValue(random), RandomValue(random)}, &scripts::kLimitsReserve, {}};
    const auto charges = RandomCharges(random, 2);
    step.known = random.OneIn(2);
    step.arguments = {kId, "900000", step.known ? "4503599627370495" : "",
                      FormatToReserve(charges)};
    compared += Compare(step) ? 1 : 0;
  }
  EXPECT_GT(compared, 300);
}

TEST_F(LimitScripts, SettleTheSameInLuaAndInCpp) {
  RandomNumbers random;
  int compared = 0;
  for (int i = 0; i < 900 && !HasFailure(); ++i) {
    Step step{{RandomValue(random), RandomValue(random)}, &scripts::kLimitsSettle, {}};
    const std::array<std::string, 5> modes{"commit", "late", "once", "release", "return"};
    const std::string mode = modes[static_cast<std::size_t>(random.Upto(4))];
    const bool exact = mode != "return" && random.OneIn(2);
    const std::int64_t age = random.OneIn(2) ? 0 : random.Upto(200'000);
    step.arguments = {kId,
                      mode,
                      std::to_string(age),
                      FormatToSettle(RandomCharges(random, 2)),
                      exact ? "1" : "0",
                      "3600000",
                      "3"};
    step.counted_before = random.OneIn(4);
    // An age that ends at the border of a slice may differ by the time between the two.
    if (age > 0 && (UnixMs() - age) % 1'000 > 900) continue;
    compared += Compare(step) ? 1 : 0;
  }
  EXPECT_GT(compared, 300);
}

TEST_F(LimitScripts, ResetTheSameInLuaAndInCpp) {
  RandomNumbers random;
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    Step step{{RandomValue(random), RandomValue(random)}, &scripts::kLimitsReset, {}};
    for (const auto& slot : kSlots) {
      if (random.OneIn(3)) step.arguments.push_back(slot);
    }
    Compare(step);
  }
}

TEST_F(LimitScripts, AWholeLifeIsTheSameInLuaAndInCpp) {
  RandomNumbers random;
  Step step{{"", ""}, nullptr, {}, true};
  const auto keys = Keys(step);
  for (int i = 0; i < 1'500 && !HasFailure(); ++i) {
    const std::string id = "message-" + std::to_string(random.Upto(9));
    LimitCharges charges(2);
    for (auto& subject : charges) {
      subject.push_back({"r100d", 24h * 100, 50, random.Upto(3), true, false});
      subject.push_back({"n100d", 24h * 100, 20, 1, !random.OneIn(5), true});
    }
    const bool reserves = random.OneIn(2);
    std::vector<std::string> arguments{id, "86400000", std::to_string(random.Upto(30)),
                                       FormatToReserve(charges)};
    if (!reserves) {
      arguments = {id,   random.OneIn(2) ? "commit" : "release",
                   "0",  FormatToSettle(charges),
                   "1",  "3600000",
                   "10", std::to_string(random.Upto(30))};
    }
    if (random.OneIn(200)) {
      for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
        ASSERT_TRUE(store->Run(scripts::kLimitsReset, std::span(keys).first(2), {}, Soon()));
      }
    }
    // Which recipient goes when there are too many is chance, so both begin with the same.
    for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
      ASSERT_TRUE(store->Erase(known_, Soon()));
    }
    const auto& script = reserves ? scripts::kLimitsReserve : scripts::kLimitsSettle;
    const auto on_redis = redis_.Run(script, keys, arguments, Soon());
    const auto in_memory = memory_.Run(script, keys, arguments, Soon());
    ASSERT_TRUE(on_redis && in_memory);
    auto told = *on_redis;
    for (std::size_t n = 3; n < told.size(); ++n) {  // times
      if (told[n - 1] < 0 && told[n] > 0 && std::abs(told[n] - (*in_memory)[n]) < 5'000) {
        told[n] = (*in_memory)[n];
      }
    }
    EXPECT_EQ(told, *in_memory) << i;
  }
}

TEST_F(LimitScripts, RememberAFewRecipientsAsNumbers) {
  const Step step{{""}, nullptr, {}, true};
  const auto keys = Keys(step);
  const LimitCharges none(1);
  std::vector<std::string> commit{kId, "commit", "0", FormatToSettle(none), "0", "3600000", "5"};
  for (int i = 0; i < 20; ++i) commit.push_back(std::to_string(4'503'599'627'370'000 + i));
  const std::vector<std::string> ask{kId, "900000", commit.back(), FormatToReserve(none)};
  for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
    EXPECT_EQ(store->Run(scripts::kLimitsReserve, keys, ask, Soon()).value(), (Numbers{1, 1}));
    ASSERT_TRUE(store->SetField(known_, "another", "type", Soon()));
    ASSERT_TRUE(store->Run(scripts::kLimitsSettle, keys, commit, Soon()));
    int known = 0;
    for (int i = 0; i < 20; ++i) {
      const std::vector<std::string> again{kId, "900000", std::to_string(4'503'599'627'370'000 + i),
                                           FormatToReserve(none)};
      known += store->Run(scripts::kLimitsReserve, keys, again, Soon()).value() == Numbers{1, 0};
    }
    EXPECT_EQ(known, store == &redis_ ? 5 : known);
  }
  EXPECT_NE(server_.Command({"OBJECT", "ENCODING", known_.text()}).find("intset"),
            std::string::npos);
  EXPECT_GT(RemainingMilliseconds(known_), 3'000'000);
}

TEST_F(LimitScripts, LiveAsLongAsTheLongestWindowAndASlice) {
  const Step step{{""}, nullptr, {}};
  const auto keys = Keys(step);
  const LimitCharges charges{{{"r1m", 60s, 10, 1, true, false}, {"r1h", 1h, 10, 1, true, false}}};
  ASSERT_TRUE(redis_.Run(scripts::kLimitsReserve, keys,
                         std::vector<std::string>{kId, "9000000", "", FormatToReserve(charges)},
                         Soon()));
  EXPECT_NEAR(static_cast<double>(RemainingMilliseconds(keys[0])), 9'000'000, 10'000);
  ASSERT_TRUE(redis_.Run(
      scripts::kLimitsSettle, keys,
      std::vector<std::string>{kId, "commit", "0", FormatToSettle(charges), "1", "1", "1"},
      Soon()));
  EXPECT_NEAR(static_cast<double>(RemainingMilliseconds(keys[0])), 3'660'000, 10'000);
}

TEST_F(LimitScripts, TakeWhatTheyDidNotWriteForNothing) {
  const Step step{{""}, nullptr, {}};
  const auto keys = Keys(step);
  const LimitCharges charges{{{"r1m", 60s, 10, 1, true, false}}};
  const std::vector<std::string> reserve{kId, "900000", "", FormatToReserve(charges)};
  LimitState cut;
  cut.slots["r1m"] = {60s, 10, LimitState::SliceAt(UnixMs(), 60s), {{1, 1}}};
  const std::string whole = cut.Format();
  for (const std::string& present :
       {std::string("rubbish"), std::string("\x01"), std::string("\x01\x00\x00", 3),
        whole.substr(0, whole.size() - 1), whole.substr(0, whole.size() / 2), whole + "\x01",
        std::string("\x01\x00\x00\xa0\xa3r1m", 8), std::string(100, '\xdd'),
        std::string("\xdc\xff\xff\x01", 4), std::string("\x02\x00\x00\xa0", 4)}) {
    for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
      ASSERT_TRUE(store->Set(keys[0], present, 1min, Soon()));
      EXPECT_EQ(store->Run(scripts::kLimitsReserve, keys, reserve, Soon()).value(),
                (Numbers{1, 0, 0}));
    }
  }
  for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
    ASSERT_TRUE(store->Erase(keys[0], Soon()));
    ASSERT_TRUE(store->SetField(keys[0], "another", "type", Soon()));
    EXPECT_EQ(store->Run(scripts::kLimitsReserve, keys, reserve, Soon()).value(),
              (Numbers{1, 0, 0}));
  }
}

TEST(LimitStateTest, OlderSlicesInDisorderAreNoState) {
  const auto with_older = [](std::string_view older) {
    using namespace std::string_view_literals;
    std::string value(
        "\x01\x00\x00\xa0\xa3r0m\xcd\xea\x60\x1e\xce\x6b\x02\x91\x90\x02\x05\xa5\x94"sv);
    value += older;
    value += "\x00\xa0"sv;
    return LimitState::Parse(value).has_value();
  };
  using namespace std::string_view_literals;
  EXPECT_TRUE(with_older("\x07\x02\x01\x03"sv));
  EXPECT_FALSE(with_older("\x01\x02\x07\x03"sv));
  EXPECT_FALSE(with_older("\x07\x02\x07\x03"sv));
  EXPECT_FALSE(with_older("\x07\x02\x00\x03"sv)) << "that is the newest";
}

}  // namespace
}  // namespace gatepost::store
