// Messages, keys and DNS for the DKIM tests.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/dkim_signer.h"
#include "common/auth/dkim_verifier.h"
#include "common/auth/private_key.h"
#include "common/base/clock.h"
#include "common/mail/header_field.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::auth::testing {

struct Message {
  std::vector<mail::HeaderField> fields;
  std::string body;
};

// A message as text with LF or CRLF line ends; LF becomes CRLF in the body.
Message ParseMessage(std::string_view text);
Message ShortMessage();  // from joe@example.org
// Header fields and bodies with all sorts of white space, folds, 8-bit bytes and line ends.
Message RandomMessage(std::mt19937& random);

std::shared_ptr<const PrivateKey> KeyFromPem(std::string_view pem);
std::shared_ptr<const PrivateKey> RsaKey();
std::shared_ptr<const PrivateKey> Ed25519Key();
std::string KeyRecordOf(const PrivateKey& key);  // "v=DKIM1; k=...; p=..."

inline constexpr char kKeyName[] = "sel._domainkey.example.org";

// Signed for sel._domainkey.example.org, the signature on top.
Message Signed(Message message, const SignatureRequest& request);
SignatureRequest RequestWith(std::shared_ptr<const PrivateKey> key,
                             Canonicalization header = Canonicalization::kRelaxed,
                             Canonicalization body = Canonicalization::kRelaxed);

// For signatures that our signer would never make: `tags` as written, then a right bh= and b=.
// What c=, h= and l= say is taken from `tags`.
Message SignedWithTags(Message message, std::string_view tags, const PrivateKey& key);

// Verifies with one engine; the clock stands at ManualClock's start.
struct Verification {
  VerifierLimits limits;
  std::optional<mail::Domain> author;
  test::MemoryResolver resolver;
  base::ManualClock clock;
  std::size_t ignored = 0;

  explicit Verification(VerificationEngine engine = kDefaultEngine) { limits.engine = engine; }
  std::vector<DkimSignatureResult> Run(const Message& message);
};

inline constexpr VerificationEngine kEngines[] = {VerificationEngine::kOwn,
                                                  VerificationEngine::kOpendkim};

}  // namespace gatepost::auth::testing
