#include "common/limits/local_count.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/store/script.h"

namespace gatepost::limits {
namespace {

using std::chrono::milliseconds;
using store::LimitState;

constexpr base::Deadline kNoDeadline = base::Deadline::max();  // memory does not wait

void AddAt(LimitState::Slot& slot, std::int64_t slice, std::int64_t amount) {
  if (slot.used.empty() || slot.used.back().first != slice) slot.used.emplace_back(slice, 0);
  slot.used.back().second += amount;
}

// From now on what is reserved is told from what is counted no more: answers that are followed
// know only both together.
void CountReserved(LimitState& state) {
  for (const auto& [id, entry] : state.pending) {
    for (const auto& [name, amount] : entry.amounts) {
      if (const auto slot = state.slots.find(name); slot != state.slots.end()) {
        AddAt(slot->second, slot->second.newest, amount);
      }
    }
  }
  state.pending.clear();
}

// The slot stands at `used` now: what is missing counts as of now, what is too much goes (where
// `lowers`), the oldest first. True where something was missing.
bool FollowSlot(LimitState::Slot& slot, std::int64_t used, std::int64_t slice, bool lowers) {
  std::int64_t counted = 0;
  for (const auto& [at, amount] : slot.used) counted += amount;
  if (used > counted) {
    AddAt(slot, slice, used - counted);
    return true;
  }
  if (!lowers) return false;
  for (auto& [at, amount] : slot.used) {
    if (counted <= used) break;
    const std::int64_t less = std::min(amount, counted - used);
    amount -= less;
    counted -= less;
  }
  std::erase_if(slot.used, [](const auto& at) { return at.second == 0; });
  return false;
}

std::uint64_t Fingerprint(const std::string& account, const std::string& recipient_hash) {
  return std::hash<std::string>{}(account + ' ' + recipient_hash) | 1;  // 0: none
}

milliseconds Life(const LimitState& state) {
  milliseconds longest{1};
  for (const auto& [name, slot] : state.slots) longest = std::max(longest, slot.window);
  return longest + longest / (LimitState::kSlices - 1);
}

}  // namespace

LocalCount::LocalCount(const base::Clock& clock, std::size_t subjects)
    : clock_(clock), store_(clock, subjects), known_(kKnown) {
  for (auto& part : parts_)
    part = std::make_unique<Part>(std::max<std::size_t>(1, subjects / kParts));
}

LocalCount::Part& LocalCount::PartOf(const std::string& subject) {
  return *parts_[std::hash<std::string>{}(subject) % kParts];
}

std::int64_t LocalCount::NowMs() const {
  return std::chrono::floor<milliseconds>(clock_.Wall()).time_since_epoch().count();
}

// What was followed last; else what this host counted alone before.
LocalCount::Followed LocalCount::StateOf(Part& part, const store::Key& key,
                                         const std::string& subject) {
  if (auto* const followed = part.followed.Find(subject)) return std::move(*followed);
  const auto counted = store_.Get(key, kNoDeadline);
  if (!counted || !*counted) return {};
  static_cast<void>(store_.Erase(key, kNoDeadline));
  auto state = LimitState::Parse(**counted);
  if (!state) return {};
  CountReserved(*state);
  return {std::move(*state), counted_};
}

void LocalCount::Follow(const ChargeRequest& request, const ChargeRequest::Answers& answers,
                        bool reserved, Moment asked) {
  const std::int64_t now = NowMs();
  const Moment moment = ++changes_;
  for (std::size_t k = 0; k < request.subjects.size(); ++k) {
    Part& part = PartOf(request.subjects[k]);
    const std::lock_guard lock(part.mutex);
    Followed followed = StateOf(part, request.keys[k], request.subjects[k]);
    LimitState& state = followed.state;
    const bool newest = followed.changed <= asked;
    if (newest) followed.changed = moment;
    state.Advance(now);
    for (std::size_t c = 0; c < request.charges[k].size(); ++c) {
      const auto& charge = request.charges[k][c];
      const bool added = reserved && answers[k][c].room_in.count() == 0;
      auto& slot = state.slots[charge.slot];
      const std::int64_t slice = LimitState::SliceAt(now, charge.window);
      if (slot.window != charge.window) slot = {charge.window, 0, slice, {}};
      slot.limit = charge.limit;
      slot.newest = slice;
      const std::int64_t used = answers[k][c].used + (added ? charge.amount : 0);
      if (FollowSlot(slot, used, slice, newest)) followed.changed = moment;
    }
    part.followed.Put(request.subjects[k], std::move(followed));
  }
}

void LocalCount::FollowKnown(const std::string& account, const std::string& recipient_hash) {
  const std::uint64_t print = Fingerprint(account, recipient_hash);
  known_[print / 2 % kKnown].store(print, std::memory_order_relaxed);
}

bool LocalCount::IsKnown(const std::string& account, const std::string& recipient_hash) const {
  const std::uint64_t print = Fingerprint(account, recipient_hash);
  return known_[print / 2 % kKnown].load(std::memory_order_relaxed) == print;
}

// From now on this host counts alone, from where it was followed to.
void LocalCount::TakeOver(Part& part, const store::Key& key, const std::string& subject) {
  const auto* const followed = part.followed.Find(subject);
  if (!followed) return;
  const LimitState& state = followed->state;
  static_cast<void>(store_.Set(key, state.Format(), Life(state), kNoDeadline));
  part.followed.Erase(subject);
}

bool LocalCount::ReserveOne(const std::string& id, milliseconds life, const ChargeRequest& request,
                            std::size_t subject, Reserved& reserved) {
  Part& part = PartOf(request.subjects[subject]);
  const std::lock_guard lock(part.mutex);
  TakeOver(part, request.keys[subject], request.subjects[subject]);
  const store::LimitCharges charges{request.charges[subject]};
  const std::array<std::string, 4> arguments{id, std::to_string(life.count()), "",
                                             store::FormatToReserve(charges)};
  const auto numbers = store_.Run(store::scripts::kLimitsReserve, {&request.keys[subject], 1},
                                  arguments, kNoDeadline);
  std::optional<ChargeRequest::Answers> answers;
  if (numbers && numbers->size() >= 2) {
    answers = ChargeRequest::ParseAnswers(std::span(*numbers).subspan(2), charges);
  }
  // A memory that is full does not stop mail.
  if (!answers) answers.emplace(1, std::vector<ChargeOutcome>(charges[0].size()));
  reserved.answers.push_back(std::move(answers->front()));
  return !numbers || numbers->front() == 1;
}

LocalCount::Reserved LocalCount::Reserve(const std::string& id, milliseconds life,
                                         const ChargeRequest& request) {
  Reserved reserved{true, {}};
  counted_ = ++changes_;
  Settlement back{id, SettleMode::kReturn, clock_.Steady(), {}, {}, false, {}, {}, true, nullptr};
  for (std::size_t k = 0; k < request.keys.size(); ++k) {
    const bool fits = ReserveOne(id, life, request, k, reserved);
    reserved.reserved = reserved.reserved && fits;
    if (!fits) continue;
    back.keys.push_back(request.keys[k]);
    back.charges.push_back(request.charges[k]);
  }
  if (!reserved.reserved) Settle(back);
  return reserved;
}

void LocalCount::Settle(const Settlement& settlement) {
  for (auto& part : Split(settlement, true)) {
    if (part.keys.empty()) continue;
    // What is no longer reserved here was counted with what was followed.
    if (part.mode == SettleMode::kCommit) part.mode = SettleMode::kLate;
    const SettleCall settle(part, {milliseconds(1), 1}, clock_.Steady());
    const auto call = settle.call();
    static_cast<void>(store_.Run(call.script, call.keys, call.arguments, kNoDeadline));
  }
}

}  // namespace gatepost::limits
