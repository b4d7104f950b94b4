// Makes the DKIM signatures of one message (RFC 6376, RFC 8463): several in one pass over the body.
// Not thread-safe; an object belongs to one message.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/canonicalizer.h"
#include "common/auth/private_key.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/mail/header_field.h"

namespace gatepost::auth {

struct SignatureRequest {
  std::string domain;    // d=, A-labels (U-labels only in an EAI message, which we do not need)
  std::string selector;  // s=
  std::string identity;  // i=; "" leaves it out
  std::shared_ptr<const PrivateKey> key;
  Canonicalization header_method = Canonicalization::kRelaxed;
  Canonicalization body_method = Canonicalization::kRelaxed;
  std::optional<std::chrono::seconds> expires_after;  // x= is t= plus this
};

// Which fields go into h=. A field of `sign` is named once per occurrence; one of `oversign` once
// more, so that adding another breaks the signature.
struct HeaderSelection {
  std::vector<std::string> sign;
  std::vector<std::string> oversign;
  static const HeaderSelection& Default();
};

class DkimSigner {
 public:
  // Made at end of headers with all fields in the order of the message.
  DkimSigner(std::vector<SignatureRequest> requests, const HeaderSelection& selection,
             std::vector<mail::HeaderField> fields);
  ~DkimSigner();
  DkimSigner(DkimSigner&&) noexcept;

  void OnBody(std::span<const std::byte> chunk);
  // The DKIM-Signature values in the order of the requests, each with its leading space, folded
  // with "\n" at 78 columns at most. One failed signature fails all.
  base::Result<std::vector<std::string>> Finish(base::WallTime now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::auth
