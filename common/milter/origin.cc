#include "common/milter/origin.h"

#include <algorithm>

namespace gatepost::milter {

std::string_view Origin(const OriginRules& rules, const Connection& connection,
                        const Envelope& envelope) {
  if (rules.authenticated && !envelope.sasl_user.empty()) return kAuthenticated;
  if (rules.local && envelope.local_submission) return kLocal;
  if (base::AnyContains(rules.networks, connection.client)) return "network";
  const bool daemon =
      std::ranges::find(rules.daemons, connection.daemon_name) != rules.daemons.end();
  return daemon ? "daemon" : "";
}

}  // namespace gatepost::milter
