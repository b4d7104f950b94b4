// Canonical forms of header fields and bodies (RFC 6376 section 3.4), used for signing, our own
// verification and ARC. Not thread-safe; an object belongs to one message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/auth/private_key.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

enum class Canonicalization { kSimple, kRelaxed };

// Appends the field's canonical form, ending in CRLF, to `out`. Folds given as "\n" are taken as
// CRLF, which is how they travel.
void CanonicalizeHeader(Canonicalization method, const mail::HeaderField& field, std::string& out);

// Hashes a body as it streams by, cut anywhere. Bare CR and bare LF are hashed as they stand.
class BodyHasher {
 public:
  // `limit` is l=: how many canonical octets are hashed.
  explicit BodyHasher(Canonicalization method, std::optional<std::uint64_t> limit = std::nullopt);
  ~BodyHasher();
  BodyHasher(BodyHasher&&) noexcept;
  BodyHasher& operator=(BodyHasher&&) noexcept;

  void Update(std::span<const std::byte> chunk);
  Sha256Digest Finish();                  // once, at the end of the body
  std::uint64_t canonical_bytes() const;  // after Finish; without regard to the limit

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
