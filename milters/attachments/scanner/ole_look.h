// What the looks into one compound file share: the file, what is left to spend, what was found. One
// thread at a time.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/compound_file.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/on_embedded.h"

namespace gatepost::attachments {

struct OleLook {
  const CompoundFile& file;
  FormatBudget& budget;
  const OnEmbedded& on_embedded;
  unsigned depth = 0;  // of compound files within each other that are not told as files
  std::string_view type = {};
  Properties properties = {};

  // "" once the budget is used up.
  std::string Read(const CompoundFile::Entry& entry, std::size_t most) {
    const std::uint64_t wanted = std::min<std::uint64_t>(entry.size, most);
    if (!budget.Spend(wanted)) {
      properties.Add(Property::kOverBudget);
      return {};
    }
    std::string bytes = file.Read(entry, most);
    if (bytes.size() < wanted) properties.Add(Property::kTruncated);
    return bytes;
  }
};

}  // namespace gatepost::attachments
