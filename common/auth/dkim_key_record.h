// DKIM key records (RFC 6376 section 3.6, 8301, 8463). Used by the verifier, and by whoever checks
// what a domain publishes. Bytes come from DNS. Value types; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/auth/crypto_public_key.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

struct DkimKeyRecord {
  PublicKey key;
  std::string key_bytes;      // p=, decoded
  bool testing = false;       // t=y
  bool exact_domain = false;  // t=s: i= may not be a subdomain of d=
};

// One TXT record. kInvalid with a fixed text: not a key record for mail with SHA-256, revoked (p=
// empty), or of a kind we do not know. kLimit: longer than `max_bytes`.
base::Result<DkimKeyRecord> ParseKeyRecord(std::string_view text, std::size_t max_bytes);

// What stands at one name. RFC 6376 leaves the result of several records open (3.6.2.2) or to the
// verifier (6.1.2): records of other kinds are passed over, and of several key records none is
// taken, since the sender could not say either which one counts.
base::Result<DkimKeyRecord> ParseKeyRecords(std::span<const dns::Record> records,
                                            std::size_t max_bytes);

}  // namespace gatepost::auth
