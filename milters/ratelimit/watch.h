// Tells the store what an account does, and reads what the detector wants to know of it. The steps
// are scripts that ride in the round trips of the limiter: one at each recipient, one when the
// message is accepted. Pure values; any thread.
//
//   const auto call = WatchCall::AtRecipient(subject, where, recipient, refused);
//   const auto script = call.script();
//   reservation.Reserve(charges, acquaintance, deadline, {&script, 1}, &results);
//   if (const auto signals = ReadSignals(results[0])) Assess(rules, *signals, terms);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/store/store.h"
#include "milters/ratelimit/detector_policy.h"

namespace gatepost::ratelimit {

// Where a client is, as the store keeps it: hashes that nobody can turn back into the address
// without trying them all. 0: not known, and not counted.
struct Whereabouts {
  std::int64_t address = 0;  // IPv6: the network
  std::int64_t network = 0;  // /24 or /64
  std::int64_t country = 0;

  // Nowhere for a local socket and for loopback: web mail is no place of its user's. `country` as
  // Countries::Find returns it.
  static Whereabouts Of(const base::IpAddress& client, std::string_view country);
  friend bool operator==(const Whereabouts&, const Whereabouts&) = default;
};

// What a message had when it was accepted.
struct AcceptedMail {
  std::int64_t recipients = 0;
  std::int64_t new_recipients = 0;
  // Assessment::usual of all its recipients: what is suspicious must not become usual.
  bool usual = true;
};

// One step, with all that it refers to. `subject` is the account's, "user alice@example.org".
class WatchCall {
 public:
  // A recipient in one spelling; `refused`: Postfix refused it as unknown.
  static WatchCall AtRecipient(std::string_view subject, const Whereabouts& where,
                               std::string_view recipient, bool refused);
  static WatchCall AtCommit(std::string_view subject, const Whereabouts& where,
                            const AcceptedMail& mail);
  // Of mail that left before; told by whoever reads bounces and complaints.
  static WatchCall Feedback(std::string_view subject, std::int64_t bounces,
                            std::int64_t complaints);
  // An administrator lifts a suspension: what was counted is forgotten, what was seen is familiar.
  static WatchCall Forgive(std::string_view subject);

  // Refers to this object.
  store::Store::ScriptCall script() const;

 private:
  WatchCall(std::string_view subject, std::vector<std::string> arguments);

  std::array<store::Key, 2> keys_;
  std::vector<std::string> arguments_;
};

// What a step returned; nothing to be read after AtCommit. kInvalid for what no script returns; the
// store's error.
base::Result<Signals> ReadSignals(const base::Result<std::vector<std::int64_t>>& result);

}  // namespace gatepost::ratelimit
