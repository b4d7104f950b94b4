// Adds the next set to an Authenticated Received Chain (RFC 8617 section 5.1), for forwarders. Not
// thread-safe; an object belongs to one message.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/auth/arc_verifier.h"
#include "common/auth/canonicalizer.h"
#include "common/auth/private_key.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

struct SealRequest {
  std::string domain;  // d= of both signatures, A-labels
  std::string selector;
  std::shared_ptr<const PrivateKey> key;  // RSA: no ARC verifier is bound to know ed25519
  std::vector<std::string> signed_names;  // h= of the message signature; only present fields are
                                          // named, never ARC fields (section 4.1.2)
};

// The three fields in the order in which they are inserted at index 0, so that ARC-Seal comes to
// stand on top.
struct ArcSeal {
  mail::HeaderField authentication_results;
  mail::HeaderField message_signature;
  mail::HeaderField seal;
};

class ArcSealer {
 public:
  ArcSealer(SealRequest request, const base::Clock& clock);
  ~ArcSealer();

  void OnBody(std::span<const std::byte> chunk);
  // Once. `fields` are those of the message as it came, in order; `chain` is what was found of it;
  // `results` is our Authentication-Results value ("id; spf=pass ..."). A failed chain is sealed
  // with cv=fail, and its older sets are not covered (section 5.1.2).
  //
  // kInvalid where no seal may be added: the newest seal said cv=fail (section 5.1), there are 50
  // sets, the chain failed for the moment alone (the next host can still verify it), `chain` cannot
  // be that of `fields`, the key is not RSA, or the names leave From out. kLimit: more than 200
  // fields to sign.
  base::Result<ArcSeal> Seal(std::span<const mail::HeaderField> fields, const ArcOutcome& chain,
                             std::string_view results);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
