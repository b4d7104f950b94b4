#include "milters/attachments/scanner/active_mime.h"

#include <string>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/inflater.h"
#include "milters/attachments/scanner/ole.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostPacked = 16 << 20;
constexpr std::size_t kMostUnpacked = 32 << 20;
constexpr std::size_t kHeadBytes = 1'024;
constexpr std::string_view kCompoundFile = "\xD0\xCF\x11\xE0";

// The head's length differs between versions, so each place that may begin a stream is tried.
std::string Unpacked(std::string_view packed) {
  for (std::size_t at = kActiveMime.size(); at < packed.size() && at < kHeadBytes; ++at) {
    if (packed[at] != '\x78') continue;
    if (!Inflate(packed.substr(at), kCompoundFile.size()).starts_with(kCompoundFile)) continue;
    return Inflate(packed.substr(at), kMostUnpacked);
  }
  return {};
}

}  // namespace

Properties InspectActiveMime(const Content& content, FormatBudget& budget,
                             const OnEmbedded& on_embedded) {
  Properties found{Property::kMacro};
  if (!budget.Spend(content.size())) return {Property::kMacro, Property::kOverBudget};
  const std::string file = Unpacked(ReadText(content, 0, kMostPacked));
  if (!budget.Spend(file.size())) return {Property::kMacro, Property::kOverBudget};
  if (file.empty()) return found;
  found.Add(InspectOle(MemoryContent(AsBytes(file)), budget, on_embedded, nullptr));
  return found;
}

}  // namespace gatepost::attachments
