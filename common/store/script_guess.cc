// guess_*.lua for the store in memory.
#include <chrono>
#include <optional>
#include <utility>

#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"  // made from *.lua by CMake

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;
using Numbers = std::vector<std::int64_t>;

struct SetTerms {
  milliseconds window{0};
  std::int64_t full = 0;
  milliseconds block{0};
};

std::optional<SetTerms> ReadTerms(std::span<const std::string> arguments) {
  if (arguments.size() < 3) return std::nullopt;
  const auto window = ToInteger(arguments[0]);
  const auto full = ToInteger(arguments[1]);
  const auto block = ToInteger(arguments[2]);
  if (!window || !full || !block) return std::nullopt;
  return SetTerms{milliseconds(*window), *full, milliseconds(*block)};
}

Result<std::int64_t> Size(MemoryShard& shard, const Key& key) {
  return shard.FindFields(key).map([](const FieldMap* fields) {
    return fields ? static_cast<std::int64_t>(fields->size()) : 0;
  });
}

ScriptResult Count(MemoryShard& shard, std::span<const Key> keys, std::span<const std::string>) {
  Numbers sizes;
  for (const Key& key : keys) {
    const auto size = Size(shard, key);
    if (!size) return tl::unexpected(size.error());
    sizes.push_back(*size);
  }
  return sizes;
}

// True when the guess is new there.
Result<bool> AddTo(MemoryShard& shard, const Key& key, const std::string& guess,
                   const SetTerms& terms) {
  const auto fields = shard.FieldsAt(key);
  if (!fields) return tl::unexpected(fields.error());
  if (!(*fields)->emplace(guess, "1").second) return false;
  const auto size = static_cast<std::int64_t>((*fields)->size());
  if (size == terms.full) {
    shard.SetTtl(key, terms.block);
  } else if (size == 1) {
    shard.SetTtl(key, terms.window);
  }
  return true;
}

ScriptResult Add(MemoryShard& shard, std::span<const Key> keys,
                 std::span<const std::string> arguments) {
  const auto most = ToInteger(arguments[1]);
  Numbers result;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto terms = ReadTerms(arguments.subspan(2 + 3 * i));
    if (!most || !terms) return Fail(ErrorKind::kInvalid, "not an integer, or out of range");
    const auto size = Size(shard, keys[i]);
    if (!size) return tl::unexpected(size.error());
    const auto added =
        *size < *most ? AddTo(shard, keys[i], arguments[0], *terms) : Result<bool>(false);
    if (!added) return tl::unexpected(added.error());
    result.push_back(*size + (*added ? 1 : 0));
    result.push_back(*added ? 1 : 0);
  }
  return result;
}

// As in Redis, a set without guesses is gone.
template <class Which>
Result<std::int64_t> Forget(MemoryShard& shard, const Key& key, Which which) {
  const auto fields = shard.FindFields(key);
  if (!fields) return tl::unexpected(fields.error());
  if (!*fields) return 0;
  const auto forgotten = std::erase_if(**fields, which);
  if ((*fields)->empty()) shard.Erase(key);
  return static_cast<std::int64_t>(forgotten);
}

Result<void> MarkKnown(MemoryShard& shard, const Key& key, milliseconds life) {
  const auto fields = shard.FieldsAt(key);
  if (!fields) return tl::unexpected(fields.error());
  (**fields)["known"] = "1";
  shard.SetTtl(key, life);
  return {};
}

ScriptResult ForgivePlace(MemoryShard& shard, std::span<const Key> keys, milliseconds life) {
  const auto found = shard.FindFields(keys[1]);
  if (!found) return tl::unexpected(found.error());
  const FieldMap place = *found ? **found : FieldMap();
  const auto forgotten =
      Forget(shard, keys[0], [&](const auto& guess) { return place.contains(guess.first); });
  if (!forgotten) return tl::unexpected(forgotten.error());
  shard.Erase(keys[1]);
  const auto marked = MarkKnown(shard, keys[2], life);
  if (!marked) return tl::unexpected(marked.error());
  return Numbers{*forgotten};
}

ScriptResult Forgive(MemoryShard& shard, std::span<const Key> keys,
                     std::span<const std::string> arguments) {
  if (keys.size() == 3) {
    const auto life = ToInteger(arguments[1]);
    if (!life) return Fail(ErrorKind::kInvalid, "not an integer, or out of range");
    return ForgivePlace(shard, keys, milliseconds(*life));
  }
  return Forget(shard, keys[0],
                [&](const auto& guess) { return guess.first.starts_with(arguments[0]); })
      .map([](std::int64_t forgotten) { return Numbers{forgotten}; });
}

}  // namespace

namespace scripts {

const Script kGuessCount{lua::kGuessCount, lua::kGuessCountSha1, Count};
const Script kGuessAdd{lua::kGuessAdd, lua::kGuessAddSha1, Add};
const Script kGuessForgive{lua::kGuessForgive, lua::kGuessForgiveSha1, Forgive};

}  // namespace scripts
}  // namespace gatepost::store
