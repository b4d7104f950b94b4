// Verifies the Authenticated Received Chain of one message (RFC 8617): its sets, their seals and
// the message signatures. Bounded before any work; all keys are asked for when the header is
// complete. Not thread-safe; an object belongs to one message.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dkim_verifier.h"
#include "common/base/clock.h"
#include "common/dns/resolver.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

// RFC 8617 section 4.4: the chain validation status, and nothing else is one.
enum class ArcResult { kNone, kPass, kFail };
std::string_view Name(ArcResult result);

// One set, as far as it could be read.
struct ArcSet {
  unsigned instance = 0;     // i=
  std::string sealer;        // d= of ARC-Seal, A-labels
  std::string selector;      // s= of ARC-Seal
  std::string signer;        // d= of ARC-Message-Signature, A-labels
  std::string results;       // the value of ARC-Authentication-Results without its "i=1;", for
                             // reports; foreign text
  bool seal_passes = false;  // looked at from the newest down, until one fails
  bool signature_passes = false;
};

struct ArcOutcome {
  ArcResult result = ArcResult::kNone;
  std::string reason;        // a short fixed text: "wrong cv=", "seal: no key"
  bool temporary = false;    // a fail because a key could not be had for now
  std::vector<ArcSet> sets;  // by instance, from 1; empty where the fields are no whole sets
  unsigned oldest_pass = 0;  // RFC 8617 section 5.2 step 5; 0: all pass, or nobody looked
};

struct ArcLimits {
  unsigned max_sets = 50;                // RFC 8617 section 4.2.1
  std::size_t max_field_bytes = 65'536;  // of one ARC field
  VerifierLimits signature;              // of AMS and AS: tags, h=, key sizes, clock skew
  bool check_older_signatures = false;   // for oldest_pass; costs a body hash each
};

class ArcVerifier {
 public:
  ArcVerifier(const ArcLimits& limits, dns::Resolver& resolver, const base::Clock& clock);
  ~ArcVerifier();
  ArcVerifier(ArcVerifier&&) noexcept;

  // All fields of the message in order; they outlive the verifier (DkimVerifier::fields() has
  // them). Reads the chain and starts its key look-ups. True where there is an ARC field at all;
  // without one the other calls cost nothing.
  bool OnEndOfHeaders(std::span<const mail::HeaderField> fields);
  void OnBody(std::span<const std::byte> chunk);
  // Waits for the keys, at most until the deadline.
  ArcOutcome Finish(base::Deadline deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
