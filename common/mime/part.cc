#include "common/mime/part.h"

#include <algorithm>
#include <array>

namespace gatepost::mime {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Oddity::kOddities)> kNames{
    "duplicate-field",          "malformed-field",   "junk-in-header",    "header-too-long",
    "too-much-header",          "many-names",        "no-parts",          "no-boundary",
    "loose-boundary",           "no-final-boundary", "part-after-end",    "encoded-composite",
    "unknown-encoding",         "bare-cr",           "garbage-in-base64", "data-after-padding",
    "damaged-quoted-printable", "unread-base64",     "too-deep",
};

}  // namespace

std::string_view Name(Oddity oddity) { return kNames[static_cast<std::size_t>(oddity)]; }

bool Part::IsOfType(std::string_view type) const {
  return std::ranges::find(types, type) != types.end();
}

bool Part::IsOfClass(std::string_view type_class) const {
  return std::ranges::any_of(types, [&](const std::string& type) {
    return type.size() > type_class.size() && type.starts_with(type_class) &&
           type[type_class.size()] == '/';
  });
}

}  // namespace gatepost::mime
