// A mailing list that may break alignment: its List-Id together with the domain that must be
// authenticated, because anybody can write a List-Id field. Value type; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/domain.h"

namespace gatepost::dmarc {

// A row: List-Id, then one or more domains, all as in domain_pattern.h.
//   "*.lists.example.org lists.example.org"
struct TrustedList {
  std::string id;
  std::vector<std::string> domains;

  // kInvalid with what the row must be.
  static base::Result<TrustedList> Parse(std::string_view row);
  // `list_id` is the value between <> of List-Id (RFC 2919).
  bool IsFor(const mail::Domain& list_id) const;
  // Whether the domain, which is authenticated, speaks for the list.
  bool IsSentBy(const mail::Domain& domain) const;
};

}  // namespace gatepost::dmarc
