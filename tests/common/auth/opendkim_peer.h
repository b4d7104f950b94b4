// libopendkim as an independent signer and verifier, for tests alone.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/canonicalizer.h"
#include "common/auth/private_key.h"
#include "common/mail/header_field.h"

namespace gatepost::auth::testing {

struct PeerSignature {
  KeyAlgorithm algorithm = KeyAlgorithm::kRsa;
  Canonicalization header_method = Canonicalization::kRelaxed;
  Canonicalization body_method = Canonicalization::kRelaxed;
  std::string pem;
};

// The value of the DKIM-Signature field that libopendkim makes for sel._domainkey.example.org, or
// "" where it refuses.
std::string OpendkimSigns(const PeerSignature& how, const std::vector<mail::HeaderField>& fields,
                          std::string_view body);

// Whether libopendkim passes each signature of the message, in order; `key_records` by DNS name.
std::vector<bool> OpendkimVerifies(const std::vector<mail::HeaderField>& fields,
                                   std::string_view body,
                                   const std::map<std::string, std::string>& key_records);

}  // namespace gatepost::auth::testing
