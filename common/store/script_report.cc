// The C++ forms of report_add.lua, report_list.lua and report_forget.lua.
#include "common/store/memory_shard.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"
#include "common/store/scripts_lua.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

tl::unexpected<base::Error> NotANumber() { return Fail(ErrorKind::kInvalid, "not an integer"); }

struct ReportBounds {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::chrono::milliseconds ttl{0};

  static std::optional<ReportBounds> Parse(std::span<const std::string> arguments) {
    const auto rows = ToInteger(arguments[2]);
    const auto bytes = ToInteger(arguments[3]);
    const auto ttl = ToInteger(arguments[4]);
    if (!rows || !bytes || !ttl) return std::nullopt;
    return ReportBounds{*rows, *bytes, std::chrono::milliseconds(*ttl)};
  }
};

std::int64_t Number(const FieldMap& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? 0 : ToInteger(found->second).value_or(0);
}

void Raise(FieldMap& fields, const std::string& name, std::int64_t by) {
  fields.insert_or_assign(name, std::to_string(Number(fields, name) + by));
}

// Whether the row is there already or still fits; a new one is added to the totals.
bool Admit(FieldMap& totals, const FieldMap* rows, const std::string& row,
           const ReportBounds& bounds) {
  if (rows && rows->contains(row)) return true;
  const auto bytes = static_cast<std::int64_t>(row.size());
  const bool fits =
      Number(totals, "rows") < bounds.rows && Number(totals, "bytes") + bytes <= bounds.bytes;
  if (fits) {
    Raise(totals, "rows", 1);
    Raise(totals, "bytes", bytes);
  }
  return fits;
}

Result<void> CountRow(MemoryShard& shard, const Key& key, const std::string& row,
                      std::chrono::milliseconds ttl) {
  const auto rows = shard.FieldsAt(key);
  if (!rows) return tl::unexpected(rows.error());
  Raise(**rows, row, 1);
  shard.SetTtl(key, ttl);
  return {};
}

ScriptResult ReportAdd(MemoryShard& shard, std::span<const Key> keys,
                       std::span<const std::string> arguments) {
  const auto bounds = ReportBounds::Parse(arguments);
  if (!bounds) return NotANumber();
  const auto rows = shard.FindFields(keys[1]);
  if (!rows) return tl::unexpected(rows.error());
  const auto before = shard.FindFields(keys[0]);
  const bool begins = before && !*before;
  const auto totals = shard.FieldsAt(keys[0]);
  if (!totals) return tl::unexpected(totals.error());
  // Asked again, as a new key for the totals may have pushed the rows out.
  const bool kept = Admit(**totals, *shard.FindFields(keys[1]), arguments[0], *bounds);
  if (!kept) Raise(**totals, "left_out", 1);
  (*totals)->insert_or_assign("addresses", arguments[1]);
  shard.SetTtl(keys[0], bounds->ttl);
  if (kept) {
    const auto counted = CountRow(shard, keys[1], arguments[0], bounds->ttl);
    if (!counted) return tl::unexpected(counted.error());
  }
  return std::vector<std::int64_t>{kept ? 1 : 0, begins ? 1 : 0};
}

ScriptResult ReportList(MemoryShard& shard, std::span<const Key> keys,
                        std::span<const std::string> arguments) {
  const auto most = ToInteger(arguments[1]);
  const auto ttl = ToInteger(arguments[2]);
  if (!most || !ttl) return NotANumber();
  const auto list = shard.FieldsAt(keys[0]);
  if (!list) return tl::unexpected(list.error());
  const bool full = static_cast<std::int64_t>((*list)->size()) >= *most;
  if (full && !(*list)->contains(arguments[0])) return std::vector<std::int64_t>{0, 0};
  const bool is_new = (*list)->try_emplace(arguments[0], "1").second;
  shard.SetTtl(keys[0], std::chrono::milliseconds(*ttl));
  return std::vector<std::int64_t>{1, is_new ? 1 : 0};
}

ScriptResult ReportForget(MemoryShard& shard, std::span<const Key> keys,
                          std::span<const std::string>) {
  std::int64_t gone = 0;
  for (const Key& key : keys) {
    const auto found = shard.FindFields(key);
    if (!found || *found) ++gone;
    shard.Erase(key);
  }
  return std::vector{gone};
}

}  // namespace

namespace scripts {

const Script kReportList{lua::kReportList, lua::kReportListSha1, ReportList};
const Script kReportAdd{lua::kReportAdd, lua::kReportAddSha1, ReportAdd};
const Script kReportForget{lua::kReportForget, lua::kReportForgetSha1, ReportForget};

}  // namespace scripts
}  // namespace gatepost::store
