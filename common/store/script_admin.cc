// admin_change.lua and admin_version.lua for the store in memory.
#include <algorithm>
#include <iterator>
#include <optional>

#include "common/store/admin_mark.h"
#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"  // made from *.lua by CMake

namespace gatepost::store {
namespace {

std::optional<AdminMark> MarkOf(const FieldMap& fields) {
  const auto mark = fields.find(AdminMark::kField);
  return mark == fields.end() ? std::nullopt : AdminMark::Parse(mark->second);
}

bool IsAsExpected(std::span<const std::string> arguments, const FieldMap& fields) {
  for (std::size_t i = 1; i + 2 < arguments.size(); i += 3) {
    if (arguments[i] != "expect") continue;
    const auto found = fields.find(arguments[i + 1]);
    if (found == fields.end() || found->second != arguments[i + 2]) return false;
  }
  return true;
}

void Apply(std::span<const std::string> arguments, FieldMap& fields) {
  for (std::size_t i = 1; i + 2 < arguments.size(); i += 3) {
    if (arguments[i] == "set") {
      fields.insert_or_assign(arguments[i + 1], arguments[i + 2]);
    } else if (arguments[i] == "lift") {
      fields.erase(arguments[i + 1]);
    }
  }
}

ScriptResult Change(MemoryShard& shard, std::span<const Key> keys,
                    std::span<const std::string> arguments) {
  const auto fields = shard.FieldsAt(keys[0]);
  if (!fields) return tl::unexpected(fields.error());
  if (!IsAsExpected(arguments, **fields)) {
    if ((*fields)->empty()) shard.Erase(keys[0]);
    return std::vector<std::int64_t>{-1};
  }
  Apply(arguments, **fields);
  auto mark = MarkOf(**fields);
  if (mark || !arguments[0].empty()) {
    const std::int64_t old = mark ? mark->version : 0;
    const std::int64_t fresh = ToInteger(arguments[0]).value_or(0);
    mark =
        AdminMark{std::max(shard.unix_seconds() * 1'000, old + 1), mark ? mark->generation : fresh};
    (*fields)->insert_or_assign(std::string(AdminMark::kField), mark->Format());
  }
  if ((*fields)->empty()) shard.Erase(keys[0]);
  return std::vector<std::int64_t>{mark ? mark->generation : 0};
}

ScriptResult Version(MemoryShard& shard, std::span<const Key> keys, std::span<const std::string>) {
  const auto fields = shard.FindFields(keys[0]);
  if (!fields) return tl::unexpected(fields.error());
  if (*fields == nullptr) return std::vector<std::int64_t>{0, 0, 0};
  const AdminMark mark = MarkOf(**fields).value_or(AdminMark{});
  return std::vector<std::int64_t>{mark.version, mark.generation, std::ssize(**fields)};
}

}  // namespace

namespace scripts {

const Script kAdminChange{lua::kAdminChange, lua::kAdminChangeSha1, Change};
const Script kAdminVersion{lua::kAdminVersion, lua::kAdminVersionSha1, Version};

}  // namespace scripts
}  // namespace gatepost::store
