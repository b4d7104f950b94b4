// The Sender Policy Framework (RFC 7208): may this client send for this domain? Used by the program
// that judges arriving mail. A check is a dns::Task: it never waits, and belongs to one message.
//
// libspf2 decides which mechanism matches, behind a front end of ours: we read every record whole
// before anything is evaluated (section 4.6), expand every macro, count terms, void look-ups and
// names over the whole check, and show libspf2 a rewritten mechanism in which each foreign name is
// a table reference (spf_libspf2.h). No foreign text reaches it, and its explanation code is never
// called.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/dns/resolver.h"
#include "common/dns/task.h"

namespace gatepost::auth {

// RFC 7208 section 2.6; named as RFC 8601 section 2.7.2 spells them.
enum class SpfResult { kNone, kNeutral, kPass, kFail, kSoftfail, kTempError, kPermError };
std::string_view Name(SpfResult result);

struct SpfLimits {
  unsigned max_terms = 10;        // that cause look-ups, over all records (section 4.6.4)
  unsigned max_void_lookups = 2;  // answers without records
  unsigned max_names = 10;        // of one mx; ptr ignores the rest
  std::size_t max_record_bytes = 16'384;
  std::size_t max_questions = 150;  // of the whole check, a bound of ours: 10 terms of 10 names
};

// Who sends. `domain` and `local_part` are foreign text as the envelope had it: a domain that is
// none gives kNone (section 4.3).
struct SpfRequest {
  base::IpAddress client;
  std::string local_part = "postmaster";  // section 4.3: where there is none
  std::string domain;
  std::string helo;
  std::string receiver = "unknown";  // %{r}
  base::WallTime now{};              // %{t}, for explanations
};

struct SpfOutcome {
  SpfResult result = SpfResult::kNone;
  std::string reason;       // a short text for people: "too many DNS look-ups"
  std::string mechanism;    // what decided, as published: "-all", "include:example.org"; "default"
                            // where nothing matched
  std::string explanation;  // exp= of a fail: printable ASCII, at most 500 bytes; "" where none
  std::string record;  // what the domain itself publishes, printable ASCII, at most 500 bytes; ""
                       // where it has no record, or several
  unsigned terms = 0;
  unsigned void_lookups = 0;
};

class SpfEvaluation;

class SpfCheck final : public dns::Task {
 public:
  SpfCheck(SpfRequest request, const SpfLimits& limits, dns::Resolver& resolver);
  ~SpfCheck() override;
  // Stands once done().
  const SpfOutcome& outcome() const { return outcome_; }

 private:
  class Questions;
  bool Evaluate() override;

  const SpfRequest request_;
  const SpfLimits limits_;
  SpfOutcome outcome_;
  std::unique_ptr<Questions> questions_;
  std::unique_ptr<SpfEvaluation> evaluation_;  // null: there is nothing to evaluate
};

}  // namespace gatepost::auth
