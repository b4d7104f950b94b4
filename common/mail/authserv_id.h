// Reads the authserv-id of Authentication-Results fields that others wrote (RFC 8601 section 2.2):
// once as the RFC says, and once with suspicion, to find forged fields that carry our own id.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatepost::mail {

inline constexpr std::string_view kAuthenticationResults = "Authentication-Results";

// True for every spelling of the field's name that some reader accepts: any case, with white space
// or controls round it ("Authentication-Results " with a blank before the colon).
bool IsAuthenticationResultsName(std::string_view field_name);

// The authserv-id as RFC 8601 has it: a token or a quoted string, comments and folds round it,
// perhaps a version after it, then ";" or the end. Nothing where the field is anything else.
std::optional<std::string> ParseAuthservId(std::string_view field_value);

// Whether any reader, strict or sloppy, could take the field for one that `authserv_id` (a host or
// domain name) wrote. Case, A-label or U-label and a trailing dot make no difference; comments,
// quotes, folds, controls, encoded words and versions cannot hide the id. It errs on the side of
// yes: a foreign field whose id comes with a comment that names us counts as ours. Linear.
bool ClaimsAuthservId(std::string_view field_value, std::string_view authserv_id);

}  // namespace gatepost::mail
