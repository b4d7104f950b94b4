// A DMARC policy record as values (RFC 9989 section 4.7): bounded, and as forgiving as the RFC
// asks. Pure functions; any thread.
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
  DmarcPolicy policy = DmarcPolicy::kNone;         // p=, or what a missing one comes to
  std::optional<DmarcPolicy> subdomain_policy;     // sp=, where valid
  std::optional<DmarcPolicy> nonexistent_policy;   // np=, where valid
  Alignment dkim_alignment = Alignment::kRelaxed;  // adkim=
  Alignment spf_alignment = Alignment::kRelaxed;   // aspf=
  PublicSuffixFlag public_suffix = PublicSuffixFlag::kUnknown;
  bool testing = false;                     // t=y
  std::string failure_options = "0";        // fo=: valid ones of "01ds", without colons
  std::vector<std::string> aggregate_uris;  // rua=: valid mailto: addresses without
                                            // scheme and "!size", at most 10
  std::vector<std::string> failure_uris;    // ruf=: the same
};

inline constexpr std::size_t kMaxDmarcRecordBytes = 8'192;

// Whether the text is meant as a DMARC record at all: it begins with the v= tag of DMARC1.
bool IsDmarcRecord(std::string_view text);

// kInvalid: not a record, or one that RFC 9989 says to ignore (bad p= and no valid rua=); kLimit.
base::Result<DmarcRecord> ParseDmarcRecord(std::string_view text);

// The one record among the TXT records of a name; kNotFound: none, or several (all are discarded);
// kInvalid: the one is invalid.
base::Result<DmarcRecord> SelectDmarcRecord(std::span<const dns::Record> texts);

}  // namespace gatepost::auth
