// Asks suspicious mail to come back later, which mail servers do and most sending programs of
// spammers do not. A client network that came back once is asked no more, and neither is a sender
// with a recipient. Whom to ask at all is the policy's to say; this keeps the memory of it in the
// store. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/store/store.h"

namespace gatepost::dmarc {

// Times have the precision of a millisecond and are above zero; `proofs_needed` is at least 1.
struct GreylistOptions {
  std::chrono::milliseconds min_delay = std::chrono::seconds(60);
  std::chrono::milliseconds retry_window = std::chrono::hours(24);
  std::chrono::milliseconds proof_life = std::chrono::hours(24 * 35);  // from its last use on
  std::int64_t proofs_needed = 1;
};

struct GreylistQuestion {
  base::IpAddress client;                   // its network is what counts: /24 of IPv4, /64 of IPv6
  std::string_view reverse_path;            // as sent; "" or "<>" is the null sender
  std::span<const std::string> recipients;  // as sent
};

enum class GreylistOutcome {
  kComeBack,     // too early, or for the first time
  kWaited,       // it came back in time: pass
  kKnown,        // sender and all recipients passed before: pass
  kProven,       // its network has come back often enough: pass
  kUnavailable,  // could not be found out: pass, since our trouble never delays mail for ever
};
std::string_view Name(GreylistOutcome outcome);

struct GreylistAnswer {
  GreylistOutcome outcome = GreylistOutcome::kUnavailable;
  std::chrono::seconds left{0};  // until it may come back, at least 1 for kComeBack
  std::string reason;            // why it is kUnavailable, one sentence for the log

  bool passes() const { return outcome != GreylistOutcome::kComeBack; }
};

class Greylist {
 public:
  // What a message may cost the store. Of a message to more recipients the last key stands for all
  // the rest together.
  static constexpr std::size_t kMostKeys = 50;

  // `store` outlives this. Of it the shared one is asked, and nothing that stands in for it: that
  // would know nobody, and asked by both in turn a message would come back twice.
  Greylist(store::Store& store, GreylistOptions options);

  // One call to the store, where it is up. The first attempt is remembered for all recipients, and
  // the message passes when all have waited; an attempt too early changes nothing. By the clock of
  // the store, so hosts need not agree on the time.
  GreylistAnswer Ask(const GreylistQuestion& question, base::Deadline deadline) const;

 private:
  store::Store& store_;
  const std::vector<std::string> arguments_;  // of the script
};

}  // namespace gatepost::dmarc
