// Where DMARC reports are to go (RFC 9989 sections 4.6 and 4.8). Used by dmarc_record.
// Pure function; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatepost::auth {

struct DmarcUri {
  // Of a mailto: URI to one address that needs no SMTPUTF8: that address. Else "": a valid URI of
  // which we can make no use.
  std::string address;
};

// One item of a list, without white space round it; nothing where it is no URI (RFC 3986, "!"
// and "," only encoded), or a mailto: URI without an address (RFC 6068). The obsolete "!10m" behind
// it is ignored, and so are the header fields that a mailto: URI may ask for.
std::optional<DmarcUri> ParseDmarcUri(std::string_view text);

}  // namespace gatepost::auth
