#include "milters/attachments/scanner/ole_macros.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/ovba.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostStream = 4 << 20;
constexpr std::size_t kMostSource = 4 << 20;
constexpr std::size_t kMostContainers = 16;

using Entry = CompoundFile::Entry;

bool IsStream(const Entry& entry, std::string_view name) {
  return entry.type == CompoundFile::EntryType::kStream && base::EqualsIgnoreCase(entry.name, name);
}

bool IsInVbaStorage(const CompoundFile& file, const Entry& entry) {
  return entry.type == CompoundFile::EntryType::kStream &&
         base::EqualsIgnoreCase(file.ParentName(entry), "VBA");
}

bool SourceHasAutoName(OleLook& look, std::string_view stream, std::size_t at) {
  if (!look.budget.Spend(kMostSource)) {
    look.properties.Add(Property::kOverBudget);
    return false;
  }
  return HasAutoMacroName(DecompressOvba(Slice(stream, at, stream.size()), kMostSource));
}

// Source begins with "Attribute", whose first eight letters no compression has touched yet: found
// so, where "dir" does not say the truth.
std::vector<std::size_t> SourcesIn(std::string_view bytes) {
  constexpr std::string_view kBegin("\0Attribut", 9);
  constexpr std::size_t kBefore = 3;
  std::vector<std::size_t> sources;
  for (std::size_t at = bytes.find(kBegin); at != bytes.npos && sources.size() < kMostContainers;
       at = bytes.find(kBegin, at + 1)) {
    if (at >= kBefore) sources.push_back(at - kBefore);
  }
  return sources;
}

bool AnySourceHasAutoName(OleLook& look, std::string_view stream) {
  return std::ranges::any_of(SourcesIn(stream), [&](std::size_t source) {
    return SourceHasAutoName(look, stream, source);
  });
}

std::vector<VbaModule> Modules(OleLook& look) {
  std::vector<VbaModule> modules;
  for (const Entry& entry : look.file.entries()) {
    if (!IsInVbaStorage(look.file, entry) || !IsStream(entry, "dir")) continue;
    const auto named = ParseVbaDir(DecompressOvba(look.Read(entry, kMostStream), kMostSource));
    modules.insert(modules.end(), named.begin(), named.end());
  }
  return modules;
}

bool ModuleRunsByItself(OleLook& look, const Entry& entry, const std::vector<VbaModule>& modules) {
  const std::string stream = look.Read(entry, kMostStream);
  if (HasAutoMacroName(stream) || AnySourceHasAutoName(look, stream)) return true;
  for (const VbaModule& module : modules) {
    if (IsStream(entry, module.stream)) return SourceHasAutoName(look, stream, module.source);
  }
  return false;
}

}  // namespace

Properties FindLooseMacros(const Content& content, FormatBudget& budget) {
  constexpr std::size_t kPiece = 1 << 20, kOverlap = 64 << 10;
  Properties found;
  std::size_t sources = 0;
  for (std::uint64_t at = 0; at < content.size() && sources < kMostContainers;
       at += kPiece - kOverlap) {
    if (!budget.Spend(kPiece)) break;
    const std::string piece = ReadText(content, at, kPiece);
    for (const std::size_t source : SourcesIn(piece)) {
      if (++sources > kMostContainers) break;
      found.Add(Property::kMacro);
      const std::string text = DecompressOvba(Slice(piece, source, piece.size()), kPiece);
      if (HasAutoMacroName(text)) found.Add(Property::kAutoMacro);
    }
    if (piece.size() < kPiece) break;
  }
  return found;
}

void LookForMacros(OleLook& look) {
  bool found = false;
  for (const Entry& entry : look.file.entries()) {
    found = found || IsInVbaStorage(look.file, entry) || IsStream(entry, "_VBA_PROJECT");
  }
  if (!found) return;
  look.properties.Add(Property::kMacro);
  const std::vector<VbaModule> modules = Modules(look);
  for (const Entry& entry : look.file.entries()) {
    if (!IsInVbaStorage(look.file, entry) && !IsStream(entry, "_VBA_PROJECT")) continue;
    if (!ModuleRunsByItself(look, entry, modules)) continue;
    look.properties.Add(Property::kAutoMacro);
    return;
  }
}

}  // namespace gatepost::attachments
