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

// What a walk found. Compares as the RFC needs it; see dmarc.h.
struct WalkResult {
  bool temporary_error = false;      // some name that matters could not be asked
  std::vector<FoundRecord> records;  // in the order of the walk: longest name first
  std::optional<mail::Domain> organizational_domain;  // nothing after a temporary error
};

class DmarcWalk final : public dns::Task {
 public:
  // `list` is used by kPublicSuffixList alone, and outlives the walk.
  DmarcWalk(mail::Domain start, DiscoveryMethod method, const PublicSuffixList* list,
            dns::Resolver& resolver);
  const mail::Domain& start() const { return start_; }
  const WalkResult& result() const { return result_; }

  // The names that RFC 9989 section 4.10 asks, in order: at most 8.
  static std::vector<mail::Domain> Names(const mail::Domain& start);

 private:
  bool Evaluate() override;

  const mail::Domain start_;
  const DiscoveryMethod method_;
  const PublicSuffixList* const list_;
  WalkResult result_;
};

}  // namespace gatepost::auth
