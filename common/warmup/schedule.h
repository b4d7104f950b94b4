// What a host tells the others of its warm-up: its sources and its providers, so that the command
// line on any host can show them. One line each:
//
//   source news address 192.0.2.10 start 2026-11-01 curve 50 x1.5 50000
//   provider gmail
//
// Any thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/store/store.h"
#include "common/warmup/source.h"

namespace gatepost::warmup {

// Domains that no row names are this provider's together.
inline constexpr std::string_view kOtherProvider = "other";

struct Schedule {
  static constexpr std::size_t kMostBytes = 262'144;
  static constexpr std::size_t kMostLines = 2'000;

  std::vector<Source> sources;
  std::vector<std::string> providers;
  friend bool operator==(const Schedule&, const Schedule&) = default;

  std::string Format() const;
  // Nothing where it holds anything that Format does not write.
  static std::optional<Schedule> Parse(std::string_view text);
};

base::Result<void> TellSchedule(store::Store& store, std::string_view host,
                                const Schedule& schedule, base::Deadline deadline);
// By host, those that have sources. The store's error.
base::Result<std::map<std::string, Schedule>> ReadSchedules(store::Store& store,
                                                            base::Deadline deadline);

}  // namespace gatepost::warmup
