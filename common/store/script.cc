#include "common/store/script.h"

#include <chrono>
#include <optional>

#include "common/store/memory_shard.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"  // made from *.lua by CMake

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;

tl::unexpected<base::Error> NotANumber() {
  return Fail(ErrorKind::kInvalid, "not an integer, or out of range");
}

// Puts the first sum of a counter, or the next one with the time to live left as it is.
ScriptResult StoreSum(MemoryShard& shard, const Key& key, std::int64_t sum,
                      std::optional<std::chrono::milliseconds> ttl) {
  const std::string text = std::to_string(sum);
  if (!ttl) {
    shard.ReplaceText(key, text);
  } else if (const auto put = shard.PutText(key, text, *ttl); !put) {
    return tl::unexpected(put.error());
  }
  return std::vector{sum};
}

ScriptResult Increment(MemoryShard& shard, std::span<const Key> keys,
                       std::span<const std::string> arguments) {
  const auto by = ToInteger(arguments[0]);
  const auto ttl = ToInteger(arguments[1]);
  const auto present = shard.FindText(keys[0]);
  if (!present) return tl::unexpected(present.error());
  const auto old = *present ? ToInteger(**present) : 0;
  std::int64_t sum = 0;
  if (!by || !ttl || !old || __builtin_add_overflow(*old, *by, &sum)) return NotANumber();
  if (*present) return StoreSum(shard, keys[0], sum, std::nullopt);
  return StoreSum(shard, keys[0], sum, std::chrono::milliseconds(*ttl));
}

ScriptResult AcquireLease(MemoryShard& shard, std::span<const Key> keys,
                          std::span<const std::string> arguments) {
  const auto holder = shard.FindText(keys[0]);
  if (!holder) return tl::unexpected(holder.error());
  if (*holder && **holder != arguments[0]) return std::vector<std::int64_t>{0};
  const auto ttl = ToInteger(arguments[1]);
  if (!ttl) return NotANumber();
  const auto put = shard.PutText(keys[0], arguments[0], std::chrono::milliseconds(*ttl));
  if (!put) return tl::unexpected(put.error());
  return std::vector<std::int64_t>{1};
}

ScriptResult ReleaseLease(MemoryShard& shard, std::span<const Key> keys,
                          std::span<const std::string> arguments) {
  const auto holder = shard.FindText(keys[0]);
  if (!holder) return tl::unexpected(holder.error());
  const bool held = *holder && **holder == arguments[0];
  if (held) shard.Erase(keys[0]);
  return std::vector<std::int64_t>{held ? 1 : 0};
}

}  // namespace

namespace scripts {

const Script kIncrement{lua::kIncrement, lua::kIncrementSha1, Increment};
const Script kAcquireLease{lua::kAcquireLease, lua::kAcquireLeaseSha1, AcquireLease};
const Script kReleaseLease{lua::kReleaseLease, lua::kReleaseLeaseSha1, ReleaseLease};

}  // namespace scripts
}  // namespace gatepost::store
