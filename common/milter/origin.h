// Whether a message comes from our own users or from elsewhere: what programs do on the way out and
// on the way in differs. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/milter/connection.h"

namespace gatepost::milter {

// What counts as our users'.
struct OriginRules {
  bool authenticated = true;
  bool local = true;  // sendmail(1)
  std::vector<base::Network> networks;
  std::vector<std::string> daemons;  // {daemon_name}
};

inline constexpr std::string_view kAuthenticated = "authenticated";
inline constexpr std::string_view kLocal = "local";

// Why a message counts as our users', as a word for the log; "" where it does not.
std::string_view Origin(const OriginRules& rules, const Connection& connection,
                        const Envelope& envelope);

}  // namespace gatepost::milter
