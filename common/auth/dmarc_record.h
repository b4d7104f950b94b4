// A DMARC policy record as values (RFC 9989 sections 4.7 and 4.8): bounded, and as forgiving as the
// RFC asks. Used for policy discovery, and for the records that allow reports to third parties.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/dns/resolver.h"

namespace gatepost::auth {

enum class DmarcPolicy { kNone, kQuarantine, kReject };
enum class Alignment { kRelaxed, kStrict };
enum class PublicSuffixFlag { kYes, kNo, kUnknown };  // psd=
std::string_view Name(DmarcPolicy policy);            // "none", "quarantine", "reject"

struct DmarcRecord {
  // False where section 4.10.1 wants no DMARC for the mail to which the record would apply: no
  // valid p=, or an invalid sp= or np=, and no reporting URI in rua=. Such a record still takes
  // part in a tree walk, which looks at v= and psd= alone (section 4.10 steps 2 and 6), and may
  // allow reports to a third party, where p= has no meaning (section 4.7).
  bool applicable = true;
  DmarcPolicy policy = DmarcPolicy::kNone;         // p=, or what a missing one comes to
  std::optional<DmarcPolicy> subdomain_policy;     // sp=, where it counts
  std::optional<DmarcPolicy> nonexistent_policy;   // np=, where it counts
  Alignment dkim_alignment = Alignment::kRelaxed;  // adkim=
  Alignment spf_alignment = Alignment::kRelaxed;   // aspf=
  PublicSuffixFlag public_suffix = PublicSuffixFlag::kUnknown;
  bool testing = false;                     // t=y
  std::string failure_options = "0";        // fo=, without colons: of "01ds". "0" without a ruf=
  std::vector<std::string> aggregate_uris;  // rua=: addresses of valid mailto: URIs without
                                            // scheme, "!size" and "?...", at most 10, none twice
  std::vector<std::string> failure_uris;    // ruf=: the same
};

inline constexpr std::size_t kMaxDmarcRecordBytes = 8'192;
inline constexpr std::size_t kMaxDmarcUris = 10;

// Whether the text is meant as a DMARC record at all: its first tag is v= with "DMARC1", the value
// in this case and nothing else in it.
bool IsDmarcRecord(std::string_view text);

// kInvalid: not a DMARC record; kLimit: over kMaxDmarcRecordBytes. No other fault spoils a record:
// what is wrong after v= is left out in favour of its default (section 4.8), and so is a known tag
// that stands there twice, since nobody can say which one counts. Names and values of tags have no
// case. Of the policy tags (section 4.10.1): without p= the record is read as with p=none; a p=,
// sp= or np= that says nothing known makes it p=none without sp= and np=.
base::Result<DmarcRecord> ParseDmarcRecord(std::string_view text);

// The one DMARC record among the TXT records of a name, other records passed over. kNotFound: none,
// or several (all are discarded, section 4.10 step 2); else as ParseDmarcRecord.
base::Result<DmarcRecord> SelectDmarcRecord(std::span<const dns::Record> texts);

}  // namespace gatepost::auth
