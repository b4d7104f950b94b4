#include "common/config/units.h"

#include <charconv>
#include <limits>
#include <span>
#include <system_error>

#include "common/base/strings.h"

namespace gatepost::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// From large to small.
constexpr Unit kTimes[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizes[] = {{"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}};

std::optional<std::int64_t> Parse(std::string_view text, std::span<const Unit> units) {
  if (text.empty() || !base::IsAsciiDigit(text.front())) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (name != unit.name) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string Format(std::int64_t number, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) {
      return std::to_string(number / unit.factor).append(unit.name);
    }
  }
  return std::to_string(number);
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const auto number = Parse(text, kTimes);
  if (!number) return std::nullopt;
  return std::chrono::milliseconds(*number);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  return duration.count() == 0 ? "0s" : Format(duration.count(), kTimes);
}

std::optional<std::int64_t> ParseBytes(std::string_view text) { return Parse(text, kSizes); }

std::string FormatBytes(std::int64_t bytes) { return Format(bytes, kSizes); }

}  // namespace gatepost::config
