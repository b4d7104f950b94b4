// A DKIM-Signature field as values: the bounded scan that comes before any work for a signature
// (RFC 6376 section 3.5, 8301, 8463, 8616); the two signatures of an ARC set share most of its tags
// (RFC 8617 sections 4.1.2 and 4.1.3). Used by the verifiers. Value types; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/canonicalizer.h"
#include "common/auth/private_key.h"
#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/mail/header_field.h"
#include "common/mail/tag_list.h"

namespace gatepost::auth {

struct SignatureLimits {
  std::size_t max_bytes = 16'384;
  std::size_t max_tags = 50;
  std::size_t max_signed_fields = 200;
};

// Which field a list of tags was found in.
//
// kArcMessage: v=, l= and the identity do not exist there, i= is the instance; without c= both
// methods are relaxed; h= may be empty and need not name From, but never names ARC-Seal. kArcSeal:
// of the rest only a=, b=, d=, s= and t= exist, and h= is an error. Tags that do not exist are
// ignored, as RFC 6376 section 3.2 wants.
enum class SignatureKind { kDkim, kArcMessage, kArcSeal };

struct DkimSignature {
  KeyAlgorithm algorithm = KeyAlgorithm::kRsa;
  Canonicalization header_method = Canonicalization::kSimple;
  Canonicalization body_method = Canonicalization::kSimple;
  std::optional<mail::Domain> domain;     // d=; always set
  std::string query_name;                 // where the key is, in A-labels
  bool identity_is_below = false;         // the domain of i= is a subdomain of d=
  std::vector<std::string> signed_names;  // h=
  Sha256Digest body_hash{};
  std::string signature;  // b=, decoded
  std::optional<std::uint64_t> body_length;
  std::optional<std::uint64_t> signed_at;   // t=, seconds since 1970
  std::optional<std::uint64_t> expires_at;  // x=
  mail::HeaderField without_b;              // the field as it is hashed (section 3.7)
};

// What the field says of itself, for reports: without white space, "" where absent, absurdly long
// or, for d=, not a domain. Nothing else was checked.
struct SignatureClaims {
  std::string domain;
  std::string identity;  // "@" and the domain where i= is absent
  std::string selector;
  std::string algorithm;
  std::string signature;  // b= as base64
};

struct ScannedSignature {
  SignatureClaims claims;
  // kInvalid: a syntax that no key can heal; kLimit: larger than the limits. The message is a fixed
  // text.
  base::Result<DkimSignature> signature;
};

// Linear in the field's size. Whether the signature is expired or its key fit is not its concern.
ScannedSignature ScanSignature(const mail::HeaderField& field, const SignatureLimits& limits);

// The same of `tags`, which are those of `field`. All values have the form that the kind asks for;
// those that it does not know keep their defaults.
base::Result<DkimSignature> ReadSignature(SignatureKind kind, const mail::TagList& tags,
                                          const mail::HeaderField& field,
                                          const SignatureLimits& limits);

}  // namespace gatepost::auth
