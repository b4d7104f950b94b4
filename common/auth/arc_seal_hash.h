// The text that an ARC-Seal covers (RFC 8617 section 5.1.1): the sets in the order of their
// instances, each as results, signature and seal, in relaxed form whatever c= says. Used by the ARC
// verifier and sealer. Not thread-safe.
#pragma once

#include "common/auth/crypto.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

// Every seal's text begins with that of the seal before it, so a chain is hashed in one pass.
class ArcSealHash {
 public:
  // The next field, whole.
  void Add(const mail::HeaderField& field);
  // What is signed by the seal that comes next: all before it, and itself with an empty b= and
  // without its CRLF.
  Sha256Digest With(const mail::HeaderField& seal_without_b) const;

 private:
  Sha256 hash_;
};

}  // namespace gatepost::auth
