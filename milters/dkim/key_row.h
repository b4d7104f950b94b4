// One row of the key table, taken apart and checked. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "milters/dkim/key_table.h"

namespace gatepost::dkim {

// The first column in the form that the table is sorted by: "example.org", "*.example.org", "*",
// in lower-case A-labels.
base::Result<std::string> NormalizePattern(std::string_view pattern);

// The columns after the pattern: selector, file, options. signing_domain is filled only by a
// domain= option.
base::Result<KeyRow> ParseKeyRow(std::span<const std::string_view> columns);

// "relaxed/simple" and so on, header method first (RFC 6376 section 3.5, c=).
struct CanonicalizationPair {
  auth::Canonicalization header = auth::Canonicalization::kRelaxed;
  auth::Canonicalization body = auth::Canonicalization::kRelaxed;
};
base::Result<CanonicalizationPair> ParseCanonicalization(std::string_view text);

}  // namespace gatepost::dkim
