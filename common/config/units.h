// Times and sizes as people write them. Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatepost::config {

// "250ms", "10s", "5m", "2h", "7d": a whole number and one unit, nothing between. Nothing for other
// text, or beyond 64 bits.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
// In the largest unit that needs no fraction.
std::string FormatDuration(std::chrono::milliseconds duration);

// "64kB", "25MB", "1GB", powers of 1,024. Nothing for other text, or beyond 64 bits.
std::optional<std::int64_t> ParseBytes(std::string_view text);
// In the largest unit that needs no fraction, without a unit for bytes.
std::string FormatBytes(std::int64_t bytes);

}  // namespace gatepost::config
