// The C++ form of reputation_add.lua.
#include <algorithm>

#include "common/store/decaying_weights.h"
#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;

ScriptResult ReputationAdd(MemoryShard& shard, std::span<const Key> keys,
                           std::span<const std::string> arguments) {
  const auto good = ToInteger(arguments[0]);
  const auto bad = ToInteger(arguments[1]);
  const auto seconds = ToInteger(arguments[2]);
  if (!good || !bad || !seconds) return Fail(ErrorKind::kInvalid, "not an integer");
  const auto present = shard.FindText(keys[0]);
  if (!present) return tl::unexpected(present.error());
  const std::chrono::seconds half_life(std::max<std::int64_t>(1, *seconds));
  const std::int64_t now = shard.unix_seconds();
  auto weights = *present ? DecayingWeights::Parse(**present) : std::nullopt;
  if (!weights) weights = DecayingWeights{0, 0, now};
  weights->Decay(now, half_life);
  weights->Add(*good, *bad);
  const auto put = shard.PutText(keys[0], weights->Format(), weights->TimeToLive(half_life));
  if (!put) return tl::unexpected(put.error());
  return std::vector{weights->good, weights->bad, weights->at};
}

}  // namespace

namespace scripts {

const Script kReputationAdd{lua::kReputationAdd, lua::kReputationAddSha1, ReputationAdd};

}  // namespace scripts
}  // namespace gatepost::store
