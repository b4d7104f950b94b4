// Mail that waits in Postfix's hold queue for room, as each host lists it in the store: a field
// each of AdminState, by its queue id. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/store/store.h"

namespace gatepost::warmup {

struct HeldMail {
  std::string queue_id;
  base::WallTime since{};
  std::string source;
  std::vector<std::string> providers;  // that had no room

  std::string Format() const;  // without the queue id
  static std::optional<HeldMail> Parse(std::string_view queue_id, std::string_view text);
};

// The list of one host.
store::Key HeldKey(std::string_view host);

}  // namespace gatepost::warmup
