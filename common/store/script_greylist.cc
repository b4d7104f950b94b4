// greylist.lua for the store in memory.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/scripts_lua.h"  // made from *.lua by CMake

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;

constexpr std::string_view kPassed = "passed";

struct Terms {
  milliseconds wait;
  milliseconds window;
  milliseconds life;
  std::int64_t proofs_needed;
};

Result<std::int64_t> ToInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return Fail(ErrorKind::kInvalid, "not an integer, or out of range");
}

Result<Terms> ReadTerms(std::span<const std::string> arguments) {
  std::array<std::int64_t, 4> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = ToInteger(arguments[i]);
    if (!number) return tl::unexpected(number.error());
    numbers[i] = *number;
  }
  return Terms{milliseconds(numbers[0]), milliseconds(numbers[1]), milliseconds(numbers[2]),
               numbers[3]};
}

milliseconds Now(const MemoryShard& shard) {
  return std::chrono::floor<milliseconds>(shard.now().time_since_epoch());
}

// What is left to wait for one recipient, which begins to wait where it is new; nothing where it
// has passed before.
Result<std::optional<milliseconds>> Rest(MemoryShard& shard, const Key& key, const Terms& terms) {
  const auto since = shard.FindText(key);
  if (!since) return tl::unexpected(since.error());
  if (*since && **since == kPassed) {
    shard.SetTtl(key, terms.life);
    return std::nullopt;
  }
  if (*since) {
    const auto began = ToInteger(**since);
    if (!began) return tl::unexpected(began.error());
    const milliseconds rest = milliseconds(*began) + terms.wait - Now(shard);
    if (rest <= terms.wait) return rest;
  }
  const auto put = shard.PutText(key, std::to_string(Now(shard).count()), terms.window);
  if (!put) return tl::unexpected(put.error());
  return terms.wait;
}

ScriptResult End(GreylistEnd end, milliseconds left = {}) {
  return std::vector<std::int64_t>{static_cast<std::int64_t>(end), left.count()};
}

ScriptResult Pass(MemoryShard& shard, const Key& proofs, std::span<const Key* const> waited,
                  std::int64_t count, milliseconds life) {
  for (const Key* const key : waited) {
    const auto put = shard.PutText(*key, kPassed, life);
    if (!put) return tl::unexpected(put.error());
  }
  const auto put = shard.PutText(proofs, std::to_string(count), life);
  if (!put) return tl::unexpected(put.error());
  return End(GreylistEnd::kWaited);
}

ScriptResult AskRecipients(MemoryShard& shard, std::span<const Key> keys, const Terms& terms,
                           std::int64_t proofs) {
  milliseconds left{0};
  std::vector<const Key*> waited;
  for (const Key& key : keys.subspan(1)) {
    const auto rest = Rest(shard, key, terms);
    if (!rest) return tl::unexpected(rest.error());
    if (!*rest) continue;
    left = std::max(left, **rest);
    waited.push_back(&key);
  }
  if (left > left.zero()) return End(GreylistEnd::kComeBack, left);
  if (waited.empty()) return End(GreylistEnd::kKnown);
  return Pass(shard, keys[0], waited, proofs + 1, terms.life);
}

ScriptResult Greylist(MemoryShard& shard, std::span<const Key> keys,
                      std::span<const std::string> arguments) {
  const auto terms = ReadTerms(arguments);
  if (!terms) return tl::unexpected(terms.error());
  const auto present = shard.FindText(keys[0]);
  if (!present) return tl::unexpected(present.error());
  const auto proofs = *present ? ToInteger(**present) : Result<std::int64_t>(0);
  if (!proofs) return tl::unexpected(proofs.error());
  if (*proofs < terms->proofs_needed) return AskRecipients(shard, keys, *terms, *proofs);
  shard.SetTtl(keys[0], terms->life);
  return End(GreylistEnd::kProven);
}

}  // namespace

const Script scripts::kGreylist{lua::kGreylist, lua::kGreylistSha1, Greylist};

}  // namespace gatepost::store
