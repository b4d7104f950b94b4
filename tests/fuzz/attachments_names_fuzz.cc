// Names of a file, one a line: what they tell is bounded, shown names can be shown, and judging
// twice says the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/strings.h"
#include "common/mime/charset.h"
#include "milters/attachments/name_text.h"
#include "milters/attachments/names.h"

namespace {

using namespace gatepost::attachments;

void Check(bool holds) {
  if (!holds) std::abort();
}

bool MayBeShown(char32_t c) { return c >= ' ' && !IsControl(c) && !IsInvisible(c); }

void CheckShown(std::string_view name) {
  const std::string shown = ShownName(name, 64);
  Check(shown.size() <= 64 && gatepost::mime::IsUtf8(shown));
  Check(ShownName(shown, 64) == shown);
  for (std::string_view rest = shown; !rest.empty();) Check(MayBeShown(TakeCodePoint(rest)));
  const std::string folded = FoldName(name);
  Check(gatepost::mime::IsUtf8(folded));
  const std::string path = PathWithin(PathWithin("a.zip", name), name);
  Check(path.size() <= kMostPathBytes && gatepost::mime::IsUtf8(path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  Item item;
  item.member = (text[0] & 1) != 0;
  item.type.kind = static_cast<Kind>((text[0] >> 1 & 0x7F) % 10);
  for (const std::string_view name : gatepost::base::Split(text.substr(1), '\n')) {
    CheckShown(name);
    if (item.names.size() < 32) item.names.emplace_back(name);
  }
  const auto extensions = ExtensionsOf(item);
  Check(extensions.size() <= 5 * item.names.size());
  Check(std::ranges::all_of(extensions, [](auto& e) { return !e.empty() && e.size() <= 40; }));
  const Properties found = JudgeNames(item);
  Check(found == JudgeNames(item));
  Check(!found.Has(Property::kTypeMismatch) || item.type.kind != Kind::kText);
  return 0;
}
