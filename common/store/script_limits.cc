// The C++ forms of limits_reserve.lua, limits_settle.lua and limits_reset.lua.
#include <algorithm>
#include <optional>

#include "common/store/limit_charges.h"
#include "common/store/limit_state.h"
#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using std::chrono::milliseconds;

constexpr milliseconds kSettledLife{3'600'000};

tl::unexpected<base::Error> BadArguments() {
  return Fail(ErrorKind::kInvalid, "these are not the arguments of this script");
}

// What is no subject of ours counts as nothing: it must not block mail.
LimitState Load(MemoryShard& shard, const Key& key) {
  const auto text = shard.FindText(key);
  if (!text || !*text) return {};
  auto state = LimitState::Parse(**text);
  if (!state) return {};
  state->Advance(shard.unix_ms());
  return std::move(*state);
}

base::Result<void> Save(MemoryShard& shard, const Key& key, LimitState& state) {
  const std::int64_t now = shard.unix_ms();
  state.Advance(now);
  milliseconds life{0};
  for (const auto& [name, slot] : state.slots) {
    const auto slice = (slot.window + milliseconds(LimitState::kSlices - 1)) / LimitState::kSlices;
    life = std::max(life, slot.window + slice);
  }
  for (const auto& [id, entry] : state.pending) {
    life = std::max(life, milliseconds(entry.expires_ms - now));
  }
  if (life > milliseconds(0)) return shard.PutText(key, state.Format(), life);
  shard.Erase(key);
  return {};
}

LimitState::Slot& Place(LimitState& state, const LimitCharge& charge, std::int64_t now) {
  auto& slot = state.slots[charge.slot];
  if (slot.window != charge.window) {
    slot = {charge.window, 0, LimitState::SliceAt(now, charge.window), {}};
    state.refused.erase(charge.slot);
  }
  slot.limit = charge.limit;
  return slot;
}

void Count(LimitState::Slot& slot, std::int64_t amount, std::int64_t at_ms) {
  const std::int64_t slice = std::min(slot.newest, LimitState::SliceAt(at_ms, slot.window));
  if (slice + LimitState::kSlices < slot.newest || amount <= 0) return;
  const auto place =
      std::ranges::lower_bound(slot.used, slice, {}, [](const auto& used) { return used.first; });
  if (place != slot.used.end() && place->first == slice) {
    place->second += amount;
  } else {
    slot.used.emplace(place, slice, amount);
  }
}

class Reserve {
 public:
  Reserve(MemoryShard& shard, std::span<const Key> keys, std::span<const std::string> arguments)
      : shard_(shard), keys_(keys), arguments_(arguments) {}

  ScriptResult Run();

 private:
  bool IsNew();
  bool Weigh(const LimitCharge& charge, LimitState& state);
  std::int64_t RoomIn(const LimitCharge& charge, const LimitState& state) const;
  std::int64_t CountRefused(const LimitCharge& charge, LimitState& state, bool fits) const;
  void Add(const LimitCharge& charge, LimitState& state) const;
  base::Result<void> SaveAll();

  MemoryShard& shard_;
  std::span<const Key> keys_;  // of subjects
  std::span<const std::string> arguments_;
  const std::int64_t now_ = shard_.unix_ms();
  std::int64_t life_ = 0;
  LimitCharges charges_;  // as they shall be reserved
  std::vector<LimitState> states_;
  std::vector<bool> changed_;
  bool all_ = true;
  std::vector<std::int64_t> answer_;
};

bool Reserve::IsNew() {
  const auto known = shard_.FindFields(keys_.back());
  return !known || !*known || !(*known)->contains(arguments_[2]);
}

ScriptResult Reserve::Run() {
  const auto life = arguments_.size() == 4 ? ToInteger(arguments_[1]) : std::nullopt;
  if (!life || keys_.empty()) return BadArguments();
  auto charges = ParseToReserve(arguments_[3]);
  const bool asks = !arguments_[2].empty();
  answer_ = {0, asks && IsNew() ? 1 : 0};
  if (asks) keys_ = keys_.first(keys_.size() - 1);
  if (!charges || charges->size() != keys_.size()) return BadArguments();
  life_ = *life;
  charges_ = std::move(*charges);
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    states_.push_back(Load(shard_, keys_[k]));
    changed_.push_back(false);
    for (auto& charge : charges_[k]) {
      if (charge.only_new && answer_[1] == 0) charge.amount = 0;
      if (Weigh(charge, states_[k])) continue;
      all_ = all_ && !charge.enforced;
      changed_[k] = true;
      charge.amount = 0;
    }
  }
  answer_[0] = all_ ? 1 : 0;
  const auto saved = SaveAll();
  return saved ? ScriptResult(answer_) : tl::unexpected(saved.error());
}

// Whether the charge fits.
bool Reserve::Weigh(const LimitCharge& charge, LimitState& state) {
  Place(state, charge, now_);
  const std::int64_t used = state.Used(charge.slot, now_);
  const bool fits = charge.amount == 0 || used + charge.amount <= charge.limit;
  const std::int64_t refused = CountRefused(charge, state, fits);
  if (fits && refused == 0) {
    answer_.push_back(used);
  } else {
    const std::int64_t room_in = fits ? 0 : RoomIn(charge, state);
    answer_.insert(answer_.end(), {-1 - used, room_in, refused});
  }
  return fits;
}

// What is reserved counts as if it were committed now: most will, and then it stays for the window.
std::int64_t Reserve::RoomIn(const LimitCharge& charge, const LimitState& state) const {
  if (charge.amount > charge.limit) return -1;
  const auto& slot = state.slots.find(charge.slot)->second;
  std::int64_t used = state.Used(charge.slot, now_);
  std::int64_t leaving = slot.newest;
  for (const auto& [slice, amount] : slot.used) {
    used -= amount;
    if (used + charge.amount > charge.limit) continue;
    leaving = slice;
    break;
  }
  return std::max<std::int64_t>(1, LimitState::LeavesAt(leaving, slot.window) - now_);
}

std::int64_t Reserve::CountRefused(const LimitCharge& charge, LimitState& state, bool fits) const {
  auto found = state.refused.find(charge.slot);
  if (found == state.refused.end()) {
    if (fits) return 0;
    found = state.refused.try_emplace(charge.slot).first;
  }
  auto& refused = found->second;
  const std::int64_t slice = LimitState::SliceAt(now_, charge.window);
  if (!fits && !refused.empty() && refused.back().first == slice) {
    ++refused.back().second;
  } else if (!fits) {
    refused.emplace_back(slice, 1);
  }
  std::int64_t sum = 0;
  for (const auto& [at, attempts] : refused) sum += attempts;
  return sum;
}

void Reserve::Add(const LimitCharge& charge, LimitState& state) const {
  auto& entry = state.pending[arguments_[0]];
  entry.expires_ms = std::max(entry.expires_ms, now_ + life_);
  const auto same = std::ranges::find(entry.amounts, charge.slot,
                                      [](const auto& amount) { return amount.first; });
  if (same != entry.amounts.end()) {
    same->second += charge.amount;
  } else {
    entry.amounts.emplace_back(charge.slot, charge.amount);
  }
}

base::Result<void> Reserve::SaveAll() {
  for (std::size_t k = 0; k < keys_.size(); ++k) {
    for (const auto& charge : charges_[k]) {
      if (!all_ || charge.amount == 0) continue;
      Add(charge, states_[k]);
      changed_[k] = true;
    }
    if (!changed_[k]) continue;
    if (const auto saved = Save(shard_, keys_[k], states_[k]); !saved) return saved;
  }
  return {};
}

// Takes back what one call added to a reservation.
void TakeBack(LimitState::Pending& entry, const std::vector<LimitCharge>& charges) {
  for (const auto& charge : charges) {
    for (auto& [slot, amount] : entry.amounts) {
      if (slot == charge.slot) amount -= std::min(amount, charge.amount);
    }
  }
  std::erase_if(entry.amounts, [](const auto& amount) { return amount.second == 0; });
}

struct Settling {
  std::string id;
  std::string mode;
  std::int64_t at_ms = 0;  // when the message was accepted
  LimitCharges charges;
  bool exact = false;  // they are what is reserved
};

std::optional<Settling> ParseSettling(std::span<const std::string> arguments, std::int64_t now) {
  const auto age = arguments.size() >= 7 ? ToInteger(arguments[2]) : std::nullopt;
  if (!age || *age < 0) return std::nullopt;
  auto charges = ParseToSettle(arguments[3]);
  if (!charges) return std::nullopt;
  return Settling{arguments[0], arguments[1], now - *age, std::move(*charges), arguments[4] == "1"};
}

void CountReserved(LimitState& state, const LimitState::Pending& entry, std::int64_t at_ms) {
  for (const auto& [slot, amount] : entry.amounts) {
    if (const auto found = state.slots.find(slot); found != state.slots.end()) {
      Count(found->second, amount, at_ms);
    }
  }
}

base::Result<bool> SettleOne(MemoryShard& shard, const Key& key, const Settling& settling,
                             const std::vector<LimitCharge>& charges) {
  LimitState state = Load(shard, key);
  const auto found = state.pending.find(settling.id);
  std::optional<LimitState::Pending> entry;
  if (found != state.pending.end()) entry = state.pending.extract(found).mapped();
  const bool counts =
      settling.mode == "commit" || settling.mode == "once" || (settling.mode == "late" && entry);
  if (!entry && !counts) return false;
  if (settling.mode == "return") {
    TakeBack(*entry, charges);
    if (!entry->amounts.empty()) state.pending.emplace(settling.id, *entry);
  } else if (counts && entry && settling.exact) {
    CountReserved(state, *entry, settling.at_ms);
  } else if (counts) {
    for (const auto& charge : charges) {
      if (charge.amount == 0) continue;
      Count(Place(state, charge, shard.unix_ms()), charge.amount, settling.at_ms);
    }
  }
  const auto saved = Save(shard, key, state);
  if (!saved) return tl::unexpected(saved.error());
  return true;
}

// Any of them goes when there are too many.
base::Result<void> Remember(MemoryShard& shard, const Key& key,
                            std::span<const std::string> arguments) {
  const auto life = ToInteger(arguments[5]);
  const auto most = ToInteger(arguments[6]);
  if (!life || !most || *most < 1) return BadArguments();
  if (!shard.FindFields(key)) shard.Erase(key);
  const auto known = shard.FieldsAt(key);
  if (!known) return tl::unexpected(known.error());
  for (const auto& hash : arguments.subspan(7)) (*known)->try_emplace(hash);
  while (static_cast<std::int64_t>((*known)->size()) > *most) (*known)->erase((*known)->begin());
  shard.SetTtl(key, milliseconds(*life));
  return {};
}

// False where the message was counted before.
base::Result<bool> MarkSettled(MemoryShard& shard, const Key& mark) {
  const auto there = shard.FindText(mark);
  if (!there) return tl::unexpected(there.error());
  if (*there) return false;
  const auto put = shard.PutText(mark, "1", kSettledLife);
  if (!put) return tl::unexpected(put.error());
  return true;
}

ScriptResult LimitsSettle(MemoryShard& shard, std::span<const Key> keys,
                          std::span<const std::string> arguments) {
  const auto settling = ParseSettling(arguments, shard.unix_ms());
  if (!settling) return BadArguments();
  const bool remembers = arguments.size() > 7, once = settling->mode == "once";
  const std::size_t others = (remembers ? 1U : 0U) + (once ? 1U : 0U);
  if (settling->charges.size() + others != keys.size()) return BadArguments();
  const std::size_t subjects = settling->charges.size();
  if (once) {
    const auto first = MarkSettled(shard, keys[subjects]);
    if (!first) return tl::unexpected(first.error());
    if (!*first) return std::vector<std::int64_t>{0};
  }
  std::int64_t changed = 0;
  for (std::size_t k = 0; k < subjects; ++k) {
    const auto settled = SettleOne(shard, keys[k], *settling, settling->charges[k]);
    if (!settled) return tl::unexpected(settled.error());
    changed += *settled ? 1 : 0;
  }
  const bool counts =
      settling->mode == "commit" || once || (settling->mode == "late" && changed > 0);
  if (remembers && counts) {
    const auto remembered = Remember(shard, keys.back(), arguments);
    if (!remembered) return tl::unexpected(remembered.error());
  }
  return std::vector{changed};
}

ScriptResult LimitsReserve(MemoryShard& shard, std::span<const Key> keys,
                           std::span<const std::string> arguments) {
  return Reserve(shard, keys, arguments).Run();
}

ScriptResult LimitsReset(MemoryShard& shard, std::span<const Key> keys,
                         std::span<const std::string> arguments) {
  std::int64_t there = 0;
  for (const Key& key : keys) {
    const auto text = shard.FindText(key);
    if (!text || !*text || !LimitState::Parse(**text)) continue;
    LimitState state = Load(shard, key);
    for (auto& [name, slot] : state.slots) {
      if (!arguments.empty() && std::ranges::find(arguments, name) == arguments.end()) continue;
      slot.used.clear();
      state.refused.erase(name);
    }
    if (const auto saved = Save(shard, key, state); !saved) return tl::unexpected(saved.error());
    ++there;
  }
  return std::vector{there};
}

}  // namespace

namespace scripts {

const Script kLimitsReserve{lua::kLimitsReserve, lua::kLimitsReserveSha1, LimitsReserve};
const Script kLimitsSettle{lua::kLimitsSettle, lua::kLimitsSettleSha1, LimitsSettle};
const Script kLimitsReset{lua::kLimitsReset, lua::kLimitsResetSha1, LimitsReset};

}  // namespace scripts
}  // namespace gatepost::store
