// Writes an Authentication-Results field (RFC 8601). Used by the programs that verify mail.
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatepost::mail {

// "header.d=example.org" is {"header", "d", "example.org"}.
struct Property {
  std::string type;
  std::string name;
  std::string value;
};

// "dkim=pass reason="..." (comment) header.d=example.org". Method, result and the names of
// properties are keywords of the IANA registry; the rest may be foreign text.
struct MethodResult {
  std::string method;
  std::string result;
  std::string reason;   // empty: left out
  std::string comment;  // without parentheses; empty: left out
  std::vector<Property> properties;
};

// The field's value with its leading blank (SMFIP_HDR_LEADSPC), each result on a line of its own
// behind "\n" and a tab, lines under 78 columns where a fold is possible and always under 998
// bytes. "none" where there is no result.
//
// No foreign text can add a result, not even for readers that know neither comments nor quotes:
// CR, LF and other controls become blanks, broken UTF-8 becomes "?", and in comments and quoted
// strings ; ( ) " and \ become , [ ] ' and /. An address whose local part needs quotes is written
// as "@domain", which RFC 8601 section 2.2 allows for a pvalue. Text over a bound is cut: 253 bytes
// of the id, 64 of a keyword, 200 of a reason or comment, 800 of a property's value.
// UTF-8 is kept (RFC 8601 section 2.2 with RFC 6532): callers write A-labels where a message is no
// EAI message. A result or property without a method, result, type or name is left out.
std::string FormatAuthenticationResults(std::string_view authserv_id,
                                        const std::vector<MethodResult>& results);

}  // namespace gatepost::mail
