// Finds the DMARC records at a domain and above it, and its Organizational Domain: the tree walk of
// RFC 9989 section 4.10, or the older way by the Public Suffix List. All names of a walk are asked
// for together, so that a walk costs one wait. A dns::Task; belongs to one message.
#pragma once

#include <optional>
#include <vector>

#include "common/auth/dmarc_record.h"
#include "common/auth/public_suffix.h"
#include "common/dns/resolver.h"
#include "common/dns/task.h"
#include "common/mail/domain.h"

namespace gatepost::auth {

enum class DiscoveryMethod { kTreeWalk, kPublicSuffixList };
std::string_view Name(DiscoveryMethod method);  // as reports have it: "treewalk", "psl"

struct FoundRecord {
  mail::Domain domain;  // the name without "_dmarc."
  DmarcRecord record;
};

// What a walk found.
struct WalkResult {
  // A name that the walk came to could not be asked. Names beyond the one where a walk ends (psd=y
  // or psd=n; by the list: any record) do not matter.
  bool temporary_error = false;
  // In the order of the walk: longest name first; after a temporary error, those before it.
  std::vector<FoundRecord> records;
  // Nothing after a temporary error of a tree walk: any record that could not be seen may say
  // psd=n. The list knows it in any case.
  std::optional<mail::Domain> organizational_domain;
  // Whether the start exists (RFC 9989 section 3.2.13): nothing where it is unknown, or was not
  // asked because no record that was found hangs on it.
  std::optional<bool> start_exists;
};

class DmarcWalk final : public dns::Task {
 public:
  // Asks for all names. Only kPublicSuffixList uses `list`, and only here.
  DmarcWalk(mail::Domain start, DiscoveryMethod method, const PublicSuffixList* list,
            dns::Resolver& resolver);
  // For the author's walk: also finds out whether the start exists, where a record has np= for it.
  // To be called before anybody advances the walk. Asks at once, unless an answer that is there
  // already shows the name or makes the question needless.
  void FindExistence();

  const mail::Domain& start() const { return start_; }
  const WalkResult& result() const { return result_; }

  // The names that RFC 9989 section 4.10 asks, in order: at most 8.
  static std::vector<mail::Domain> Names(const mail::Domain& start);

 private:
  bool Evaluate() override;
  bool Visit(const mail::Domain& name, const dns::Answer& answer);
  bool SettleExistence();

  const mail::Domain start_;
  const DiscoveryMethod method_;
  std::vector<mail::Domain> names_;
  bool wants_existence_ = false;
  WalkResult result_;
};

}  // namespace gatepost::auth
