// Which checks of the client fail. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milters/dmarc/dmarc_options.h"
#include "milters/dmarc/facts.h"

namespace gatepost::dmarc {

struct ClientFault {
  std::string_view section;  // of the options: "client_no_ptr"
  ClientRule rule;
  std::string_view detail;  // subject and detail of the enhanced status code: "7.25" (RFC 7372)
  std::string text;         // for the client's administrator
};

// Of rules that are not off, in the order of the options. What DNS could not tell is no fault.
std::vector<ClientFault> FindClientFaults(const ClientRules& rules, const Facts& facts);

}  // namespace gatepost::dmarc
