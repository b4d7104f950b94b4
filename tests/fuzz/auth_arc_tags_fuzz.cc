// Reads the ARC fields of a message and verifies the chain without keys: nothing passes, sets are
// whole, and what a sealer then adds keeps the rules.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/arc_fields.h"
#include "common/auth/arc_sealer.h"
#include "common/auth/arc_verifier.h"
#include "tests/common/auth/test_keys.h"
#include "tests/support/memory_resolver.h"

namespace {

using namespace gatepost;
using namespace gatepost::auth;
using Fields = std::vector<mail::HeaderField>;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Lines are fields, a line that begins with white space goes on; what has no colon is left out.
Fields Split(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    while (end != std::string_view::npos && end + 1 < text.size() &&
           (text[end + 1] == ' ' || text[end + 1] == '\t')) {
      end = text.find('\n', end + 1);
    }
    const std::string_view line = text.substr(0, end);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return fields;
}

ArcOutcome Verify(const Fields& fields, bool check_older) {
  static const base::ManualClock clock;
  test::MemoryResolver resolver;
  ArcLimits limits;
  limits.check_older_signatures = check_older;
  ArcVerifier verifier(limits, resolver, clock);
  const bool present = verifier.OnEndOfHeaders(fields);
  ArcOutcome outcome = verifier.Finish(std::chrono::steady_clock::now());
  Require(present == (outcome.result == ArcResult::kFail));
  Require(present != outcome.reason.empty());
  Require(!outcome.temporary);
  Require(resolver.Total() <= (check_older ? 2 : 1) * outcome.sets.size() + 1);
  return outcome;
}

void CheckSets(const Fields& fields, const ArcOutcome& outcome) {
  const ArcFields read = ArcFields::Read(fields, {});
  Require(read.sets().size() <= kMaxArcInstance);
  Require(read.sets().size() == outcome.sets.size());
  for (std::size_t i = 0; i < read.sets().size(); ++i) {
    const ArcFieldSet& set = read.sets()[i];
    for (const ArcField* field : {set.results, set.signature, set.seal}) {
      Require(field != nullptr && field->instance == i + 1);
    }
  }
}

// RSA signatures are slow: only every so often.
void SealOnTop(const Fields& fields, const ArcOutcome& outcome) {
  static const auto key =
      std::make_shared<const PrivateKey>(PrivateKey::ParsePem(testing::kRsa1024, 1024).value());
  static const base::ManualClock clock;
  ArcSealer sealer({"example.org", "sel", key, {"From", "Subject"}}, clock);
  const auto seal = sealer.Seal(fields, outcome, " mx.example.org; arc=fail");
  if (!seal) return;
  Fields sealed = {seal->seal, seal->message_signature, seal->authentication_results};
  const ArcFields alone = ArcFields::Read(sealed, {});
  Require(alone.highest_instance() == ArcFields::Read(fields, {}).highest_instance() + 1);
  Require(alone.newest_seal_says_fail() == (outcome.result == ArcResult::kFail));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Fields fields = Split({reinterpret_cast<const char*>(data), size});
  const ArcOutcome outcome = Verify(fields, false);
  CheckSets(fields, outcome);
  Require(Verify(fields, true).reason == outcome.reason);
  if (size % 16 == 0) SealOnTop(fields, outcome);
  return 0;
}
