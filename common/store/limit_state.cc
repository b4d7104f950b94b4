#include "common/store/limit_state.h"

#include <algorithm>
#include <optional>

#include "common/store/message_pack.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;

constexpr std::int64_t kForm = 1;
constexpr std::size_t kMostSlots = 1'000;

using Slices = LimitState::Slices;

std::int64_t Sum(const Slices& slices) {
  std::int64_t sum = 0;
  for (const auto& [slice, amount] : slices) sum += amount;
  return sum;
}

std::int64_t AmountIn(const LimitState::Pending& entry, std::string_view slot) {
  std::int64_t sum = 0;
  for (const auto& [name, amount] : entry.amounts) sum += name == slot ? amount : 0;
  return sum;
}

// [number, amount, ...]; an empty text for none.
std::optional<Slices> ParsePairs(std::string_view text) {
  Slices pairs;
  std::int64_t sum = 0;
  if (text.empty()) return pairs;
  PackReader reader(text);
  const auto size = reader.Array();
  if (!size || *size % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < *size; i += 2) {
    const auto number = reader.Number();
    const auto amount = number ? reader.Number() : std::nullopt;
    if (!amount || (sum += *amount) > PackWriter::kMost) return std::nullopt;
    pairs.emplace_back(*number, *amount);
  }
  return reader.done() ? std::optional(pairs) : std::nullopt;
}

std::string FormatPairs(const Slices& pairs) {
  if (pairs.empty()) return {};
  PackWriter writer;
  writer.Array(2 * pairs.size());
  for (const auto& [number, amount] : pairs) {
    writer.Number(number);
    writer.Number(amount);
  }
  return writer.Take();
}

// The oldest first, none as new as the newest slice, which stands apart.
bool AreAges(const Slices& older) {
  const auto disorder = [](const auto& one, const auto& next) { return one.first <= next.first; };
  return std::ranges::adjacent_find(older, disorder) == older.end() &&
         (older.empty() || older.back().first > 0);
}

class Parser {
 public:
  explicit Parser(std::string_view value) : reader_(value) {}

  bool Run() {
    const auto form = reader_.Number();
    const auto first = form == kForm ? reader_.Number() : std::nullopt;
    const auto last = first ? reader_.Number() : std::nullopt;
    const auto pending = last ? reader_.Text() : std::nullopt;
    if (!pending) return false;
    while (!reader_.done()) {
      if (names_.size() >= kMostSlots || !ParseSlot()) return false;
    }
    return ParsePending(*pending);
  }

  LimitState state;

 private:
  bool ParseSlot();
  bool ParseCounts(LimitState::Slot& slot, const std::string& name);
  bool ParsePending(std::string_view text);
  bool ParseAmounts(PackReader& reader, LimitState::Pending& pending);

  PackReader reader_;
  std::vector<std::string> names_;  // of slots, in their order
  std::int64_t reserved_ = 0;
};

bool Parser::ParseSlot() {
  const auto name = reader_.Text();
  const auto window = name ? reader_.Number() : std::nullopt;
  const auto limit = window ? reader_.Number() : std::nullopt;
  const auto newest = limit ? reader_.Number() : std::nullopt;
  if (!newest || *window == 0) return false;
  names_.emplace_back(*name);
  const auto [slot, is_new] = state.slots.try_emplace(names_.back());
  slot->second = {std::chrono::milliseconds(*window), *limit, *newest, {}};
  return is_new && ParseCounts(slot->second, names_.back());
}

bool Parser::ParseCounts(LimitState::Slot& slot, const std::string& name) {
  const auto amount = reader_.Number();
  const auto sum = amount ? reader_.Number() : std::nullopt;
  const auto older_text = sum ? reader_.Text() : std::nullopt;
  const auto older = older_text ? ParsePairs(*older_text) : std::nullopt;
  const auto reserved = older ? reader_.Number() : std::nullopt;
  const auto refused_text = reserved ? reader_.Text() : std::nullopt;
  auto refused = refused_text ? ParsePairs(*refused_text) : std::nullopt;
  if (!refused || Sum(*older) != *sum || !AreAges(*older)) return false;
  for (const auto& [age, some] : *older) slot.used.emplace_back(slot.newest - age, some);
  if (*amount > 0) slot.used.emplace_back(slot.newest, *amount);
  if (!refused->empty()) state.refused[name] = std::move(*refused);
  return true;
}

bool Parser::ParsePending(std::string_view text) {
  PackReader reader(text);
  while (!reader.done()) {
    const auto id = reader.Text();
    if (!id || !ParseAmounts(reader, state.pending[std::string(*id)])) return false;
  }
  return true;
}

bool Parser::ParseAmounts(PackReader& reader, LimitState::Pending& pending) {
  const auto size = reader.Array();
  const auto expires = size && *size % 2 == 1 ? reader.Number() : std::nullopt;
  if (!expires) return false;
  pending.expires_ms = *expires;
  for (std::size_t i = 1; i < *size; i += 2) {
    const auto slot = reader.Number();
    const auto amount = slot ? reader.Number() : std::nullopt;
    if (!amount || *amount == 0) return false;
    if (static_cast<std::size_t>(*slot) >= names_.size()) return false;
    if ((reserved_ += *amount) > PackWriter::kMost) return false;
    pending.amounts.emplace_back(names_[static_cast<std::size_t>(*slot)], *amount);
  }
  return true;
}

// Ages of the older slices, and the amount of the newest.
std::pair<Slices, std::int64_t> Split(const LimitState::Slot& slot) {
  Slices older;
  std::int64_t newest = 0;
  for (const auto& [slice, amount] : slot.used) {
    if (slice >= slot.newest) {
      newest += amount;
    } else {
      older.emplace_back(slot.newest - slice, amount);
    }
  }
  return {older, newest};
}

void AdvanceSlot(LimitState::Slot& slot, std::int64_t now_ms) {
  const std::int64_t slice = LimitState::SliceAt(now_ms, slot.window);
  const std::int64_t back = std::max<std::int64_t>(0, slot.newest - slice);
  slot.newest = slice;
  for (auto& used : slot.used) used.first -= back;
  std::erase_if(slot.used, [&](const auto& used) {
    return used.second <= 0 || used.first + LimitState::kSlices < slice;
  });
}

void AdvanceRefused(Slices& refused, std::int64_t slice) {
  for (auto& at : refused) at.first = std::min(at.first, slice);
  std::erase_if(refused, [&](const auto& at) { return at.first + LimitState::kSlices < slice; });
}

}  // namespace

base::Result<LimitState> LimitState::Parse(std::string_view value) {
  if (value.size() > kMostBytes) return Fail(ErrorKind::kLimit, "too much is counted of a subject");
  Parser parser(value);
  if (!parser.Run()) return Fail(ErrorKind::kInvalid, "this is not what limits write");
  return std::move(parser.state);
}

std::string LimitState::Format() const {
  PackWriter reservations;
  std::int64_t first = 0, last = 0;
  for (const auto& [id, entry] : pending) {
    reservations.Text(id);
    reservations.Array(1 + 2 * entry.amounts.size());
    reservations.Number(entry.expires_ms);
    first = first == 0 ? entry.expires_ms : std::min(first, entry.expires_ms);
    last = std::max(last, entry.expires_ms);
    for (const auto& [slot, amount] : entry.amounts) {
      reservations.Number(std::distance(slots.begin(), slots.find(slot)));
      reservations.Number(amount);
    }
  }
  PackWriter writer;
  for (const std::int64_t number : {kForm, first, last}) writer.Number(number);
  writer.Text(reservations.bytes());
  for (const auto& [name, slot] : slots) {
    const auto [older, newest] = Split(slot);
    const auto attempts = refused.find(name);
    writer.Text(name);
    for (const std::int64_t number :
         {std::int64_t{slot.window.count()}, slot.limit, slot.newest, newest, Sum(older)}) {
      writer.Number(number);
    }
    writer.Text(FormatPairs(older));
    writer.Number(Reserved(name));
    writer.Text(attempts == refused.end() ? std::string() : FormatPairs(attempts->second));
  }
  return writer.Take();
}

std::int64_t LimitState::SliceAt(std::int64_t now_ms, std::chrono::milliseconds window) {
  return now_ms * kSlices / std::max<std::int64_t>(1, window.count());
}

std::int64_t LimitState::LeavesAt(std::int64_t slice, std::chrono::milliseconds window) {
  return ((slice + kSlices + 1) * window.count() + kSlices - 1) / kSlices;
}

void LimitState::Advance(std::int64_t now_ms) {
  std::erase_if(pending, [&](const auto& entry) { return entry.second.expires_ms <= now_ms; });
  for (auto& [name, slot] : slots) {
    AdvanceSlot(slot, now_ms);
    if (const auto attempts = refused.find(name); attempts != refused.end()) {
      AdvanceRefused(attempts->second, slot.newest);
    }
  }
  std::erase_if(refused, [](const auto& attempts) { return attempts.second.empty(); });
  std::erase_if(slots, [&](const auto& slot) {
    return slot.second.used.empty() && !refused.contains(slot.first) && Reserved(slot.first) == 0;
  });
}

std::int64_t LimitState::Used(std::string_view slot, std::int64_t now_ms) const {
  const auto found = slots.find(slot);
  if (found == slots.end()) return 0;
  Slot present = found->second;
  AdvanceSlot(present, now_ms);
  std::int64_t sum = Sum(present.used);
  for (const auto& [id, entry] : pending) {
    if (entry.expires_ms > now_ms) sum += AmountIn(entry, slot);
  }
  return sum;
}

std::int64_t LimitState::Reserved(std::string_view slot) const {
  std::int64_t sum = 0;
  for (const auto& [id, entry] : pending) sum += AmountIn(entry, slot);
  return sum;
}

}  // namespace gatepost::store
