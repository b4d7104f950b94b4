// The mark of administrative state: the field that says that the state is whole, and which. Written
// by admin_change.lua. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/store/script_integer.h"

namespace gatepost::store {

struct AdminMark {
  static constexpr std::string_view kField = "!";

  std::int64_t version = 0;     // another with each change
  std::int64_t generation = 0;  // another where the store had lost the state

  std::string Format() const { return std::to_string(version) + " " + std::to_string(generation); }

  // Nothing for what is no mark.
  static std::optional<AdminMark> Parse(std::string_view text) {
    const auto parts = base::SplitOnce(text, ' ');
    if (!parts) return std::nullopt;
    const auto version = ParseNumber(parts->first);
    const auto generation = ParseNumber(parts->second);
    if (!version || !generation) return std::nullopt;
    return AdminMark{*version, *generation};
  }

 private:
  // What Lua's numbers hold for certain.
  static std::optional<std::int64_t> ParseNumber(std::string_view text) {
    if (text.empty() || text.size() > 15 || !base::IsAsciiDigit(text[0])) return std::nullopt;
    return ToInteger(text);
  }
};

}  // namespace gatepost::store
