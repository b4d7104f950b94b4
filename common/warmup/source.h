// A new sending address and how its mail grows from day to day. One line of a table:
//
//   source  news  address 192.0.2.10  start 2026-11-01  curve 50 x1.5 50000
//
// 50 messages to each provider on the first day, each day 1.5 times as many, over when 50,000 are
// reached. Days are UTC. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace gatepost::warmup {

struct Source {
  std::string name;
  base::IpAddress address;  // as the mail server sends from it; told, not used
  std::chrono::sys_days start;
  std::int64_t first = 0;
  std::int64_t growth_thousandths = 0;  // above 1,000
  std::int64_t end = 0;
  friend bool operator==(const Source&, const Source&) = default;

  // The fields of a line. kInvalid with a sentence that says what is wrong.
  static base::Result<Source> Parse(std::span<const std::string_view> fields);
  // The line; Parse reads it back as it was.
  std::string Format() const;

  // Messages to one provider on the day of `now`; nothing once the warm-up is over. Before its
  // start as on its first day.
  std::optional<std::int64_t> Allowance(base::WallTime now) const;
  // From 1 on; 0 and below before the start.
  std::int64_t Day(base::WallTime now) const;
  std::int64_t Days() const;  // that it lasts

  // The next midnight at which the allowance becomes another one.
  struct Step {
    base::WallTime at{};
    std::optional<std::int64_t> allowance;  // nothing: the warm-up is over
    friend bool operator==(const Step&, const Step&) = default;
  };
  std::optional<Step> NextStep(base::WallTime now) const;  // nothing: it is over
};

// What a source or a provider may be called, said to people.
inline constexpr const char* kNameForm =
    "a name has up to 32 letters in lower case, digits, \"-\", \"_\" and \".\"";

}  // namespace gatepost::warmup
