// Chains, the public ARC suites and dkimpy for the ARC tests.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/auth/arc_sealer.h"
#include "common/auth/arc_verifier.h"
#include "tests/common/auth/dkim_fixture.h"

namespace gatepost::auth::testing {

inline constexpr char kArcResults[] = " lists.example.org;\n\tspf=pass smtp.mailfrom=example.org";

SealRequest SealRequestWith(std::shared_ptr<const PrivateKey> key,
                            std::string domain = "example.org", std::string selector = "sel");

// What the sealer makes of the message, after the outcome that is claimed for its chain.
base::Result<ArcSeal> SealOf(const Message& message, const SealRequest& request,
                             const ArcOutcome& chain, std::string_view results = kArcResults);
ArcOutcome ClaimedOutcome(ArcResult result);

// With one more set on top, sealed with cv=none or, over other sets, cv=pass.
Message Sealed(Message message, const SealRequest& request);
// With sets of example.org (key: RsaKey) from 1 to `count`.
Message SealedTimes(Message message, unsigned count);

// For sets that our sealer would never make: values as written, then a right bh= (where the tags
// hold "bh=?") and b=, over the sets that are there.
struct HandMadeSet {
  std::string results = "i=1; lists.example.org; spf=pass";
  std::string signature =
      "i=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=From:To; bh=?";
  std::string seal = "i=1; a=rsa-sha256; cv=none; d=example.org; s=sel";
};
Message SealedByHand(Message message, const HandMadeSet& set, const PrivateKey& key);

// Verifies; the clock stands at ManualClock's start.
struct ArcVerification {
  ArcLimits limits;
  test::MemoryResolver resolver;
  base::ManualClock clock;
  bool has_chain = false;  // what OnEndOfHeaders said

  ArcOutcome Run(const Message& message);
};
// With the key of sel._domainkey.example.org.
ArcOutcome VerifyArc(const Message& message, const ArcLimits& limits = {});

// The message as it travels.
std::string WireText(const Message& message);

// Named texts in a row: how the scripts in tests/support hand things over.
using Records = std::vector<std::pair<std::string, std::string>>;
std::string FormatRecords(const Records& records);

// A file of the public suites, or an empty path where they are not on this machine.
std::filesystem::path ArcSuiteFile(std::string_view name);

struct ArcCase {
  std::string scenario;
  std::map<std::string, std::string> keys;    // by DNS name
  std::map<std::string, std::string> values;  // "case", "message", "cv", "domain", ...
};
std::vector<ArcCase> ReadArcSuite(const std::filesystem::path& file);

// dkimpy's lines, one for each "message" of the records.
std::vector<std::string> DkimpyVerifies(const Records& records);

}  // namespace gatepost::auth::testing
