// Finds the fields that an h= list names (RFC 6376 section 5.4.2) and makes the text that is
// hashed. Used by the signer and our own verification. Not thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/canonicalizer.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

// `fields` outlive the index. Sorted rather than hashed: the names are foreign, and a sort has no
// bad case that a sender could choose.
class FieldIndex {
 public:
  explicit FieldIndex(std::span<const mail::HeaderField> fields);

  // How many fields have the name, in any case.
  std::size_t Count(std::string_view name) const;

  // The fields that `names` select, in their order: each name again means the next field upwards
  // from the bottom; a name without a field left selects nothing. `self` is never selected: a
  // signature does not cover itself, even where h= names its field.
  std::vector<const mail::HeaderField*> Select(std::span<const std::string> names,
                                               const mail::HeaderField* self = nullptr) const;

 private:
  struct Entry {
    std::string_view name;
    const mail::HeaderField* field;
  };
  std::span<const Entry> Find(std::string_view name) const;

  std::vector<Entry> entries_;  // by name, then in the order of the message
};

// The canonical forms one after the other.
std::string CanonicalFields(Canonicalization method,
                            std::span<const mail::HeaderField* const> fields);

// The hash that is signed (RFC 6376 section 3.7): `fields`, then the signature field itself with an
// empty b= and without its CRLF.
Sha256Digest HashHeader(Canonicalization method, std::string_view canonical_fields,
                        const mail::HeaderField& signature_without_b);

}  // namespace gatepost::auth
