#include "common/limits/settlement.h"

#include <algorithm>

#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::limits {
namespace {

constexpr std::string_view Name(SettleMode mode) {
  switch (mode) {
    case SettleMode::kCommit:
      return "commit";
    case SettleMode::kLate:
      return "late";
    case SettleMode::kOnce:
      return "once";
    case SettleMode::kRelease:
      return "release";
    case SettleMode::kReturn:
      return "return";
  }
  return "release";
}

bool Remembers(const Settlement& settlement) {
  return Counts(settlement) && settlement.known && !settlement.recipients.empty();
}

// The part for a key.
Settlement& PartOf(std::vector<Settlement>& parts, const Settlement& whole, const store::Key& key) {
  const auto tag = store::HashTag(key.text());
  const auto same = std::ranges::find_if(parts, [&](const Settlement& part) {
    const store::Key& other = part.keys.empty() ? *part.known : part.keys.front();
    return store::HashTag(other.text()) == tag;
  });
  if (same != parts.end()) return *same;
  return parts.emplace_back(Settlement{
      whole.id, whole.mode, whole.at, {}, {}, whole.exact, {}, {}, parts.empty(), whole.unsettled});
}

}  // namespace

bool Counts(const Settlement& settlement) {
  return settlement.mode == SettleMode::kCommit || settlement.mode == SettleMode::kLate ||
         settlement.mode == SettleMode::kOnce;
}

std::vector<Settlement> Split(Settlement settlement, bool one_tag_per_script) {
  std::vector<Settlement> parts;
  if (!one_tag_per_script) {
    parts.push_back(std::move(settlement));
    return parts;
  }
  for (std::size_t k = 0; k < settlement.keys.size(); ++k) {
    Settlement& part = PartOf(parts, settlement, settlement.keys[k]);
    part.keys.push_back(settlement.keys[k]);
    part.charges.push_back(std::move(settlement.charges[k]));
  }
  if (Remembers(settlement)) {
    Settlement& part = PartOf(parts, settlement, *settlement.known);
    part.known = settlement.known;
    part.recipients = std::move(settlement.recipients);
  }
  return parts;
}

SettleCall::SettleCall(const Settlement& settlement, KnownOptions known, base::SteadyTime now)
    : keys_(settlement.keys) {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - settlement.at);
  arguments_ = {settlement.id,
                std::string(Name(settlement.mode)),
                std::to_string(std::max<std::int64_t>(0, age.count())),
                store::FormatToSettle(settlement.charges),
                settlement.exact ? "1" : "0",
                std::to_string(known.life.count()),
                std::to_string(known.most)};
  if (settlement.mode == SettleMode::kOnce) {
    const store::Key& beside = keys_.empty() ? *settlement.known : keys_.front();
    keys_.push_back(store::KeyMaker::Settled(store::Key(beside), settlement.id));
  }
  if (!Remembers(settlement)) return;
  keys_.push_back(*settlement.known);
  arguments_.insert(arguments_.end(), settlement.recipients.begin(), settlement.recipients.end());
}

store::Store::ScriptCall SettleCall::call() const {
  return {store::scripts::kLimitsSettle, keys_, arguments_};
}

}  // namespace gatepost::limits
