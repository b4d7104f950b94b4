// Who a message claims to be from: one decision for all programs (signing, DMARC, limits).
// Pure function; any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/mail/address.h"
#include "common/mail/domain.h"

namespace gatepost::mail {

// Why a message has no single author domain. Anything but kNone is for a policy to judge: such mail
// is never signed, and outside DMARC (RFC 9989).
enum class AuthorProblem {
  kNone,
  kMissing,         // no From field
  kSeveralFields,   // RFC 5322 section 3.6 allows one
  kUnparsable,      // the field is no address list, or over a limit of it
  kNoAddress,       // an empty field, or empty groups alone (RFC 6854)
  kSeveralDomains,  // one good field, whose addresses do not share one domain
};

struct Author {
  AuthorProblem problem = AuthorProblem::kMissing;
  std::vector<Address> addresses;           // of the one From field, where it could be parsed
  std::optional<Domain> domain;             // set where problem is kNone, and only there
  bool display_name_holds_address = false;  // as in AddressList
};

// `from_values` are the values of all From fields of a message, in any order.
Author EvaluateAuthor(std::span<const std::string_view> from_values);

// For logs, records and metrics: "none", "missing", "several_fields" ...
std::string_view Name(AuthorProblem problem);

}  // namespace gatepost::mail
