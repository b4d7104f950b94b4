// The most recipients of one message: no limit of its own, as nothing is counted beyond the
// message, but named by tables and overrides as limits are. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/limits/limit.h"

namespace gatepost::limits {

inline constexpr std::string_view kRecipientsPerMessage = "recipients-per-message";

// As programs tell the command line of it among the lines of their limits:
// "50 recipients-per-message", "50 recipients-per-message mode=shadow".
struct RecipientCap {
  std::int64_t most = kUnlimited;
  bool shadow = false;
  friend bool operator==(const RecipientCap&, const RecipientCap&) = default;

  std::string Format() const;
  // kInvalid for whatever Format does not write.
  static base::Result<RecipientCap> Parse(std::string_view line);
};

}  // namespace gatepost::limits
