// What a mail server and a milter agree on, and the payloads that depend on it. Shared by the test
// client and the load generator. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tests/support/milter_message.h"
#include "tests/support/milter_wire.h"

namespace gatepost::support {

// The stages at which macros are sent, numbered as in SMFIR_SETSYMLIST.
enum class MacroStage : std::uint32_t {
  kConnect = 0,
  kHelo = 1,
  kMail = 2,
  kRecipient = 3,
  kData = 4,
  kEndOfMessage = 5,
  kEndOfHeaders = 6,
};

// What the mail server offers.
struct Offer {
  std::uint32_t version = 6;
  std::uint32_t actions = action::kAll;
  std::uint32_t protocol = protocol::kAll;
};

// Macro names per stage: Postfix's defaults, or what the milter asked for instead.
struct Negotiated {
  std::uint32_t version = 0;
  std::uint32_t actions = 0;
  std::uint32_t protocol = 0;
  std::map<MacroStage, std::vector<std::string>> macros{};
  bool Has(std::uint32_t bit) const { return (protocol & bit) != 0; }
};

// Macro values by name, as in main.cf: "{auth_authen}", "j".
using Macros = std::map<std::string, std::string>;

// The server's side of a negotiation that has not taken place: nothing is agreed on.
Negotiated NothingNegotiated();

std::string NegotiationFrame(const Offer& offer);
// kInvalid when the milter answers anything else, or asks for more than was offered.
base::Result<Negotiated> ParseNegotiation(const Frame& frame, const Offer& offer);

// The macro frame of a stage, or "" where there is nothing to tell.
std::string MacroFrame(const Negotiated& negotiated, MacroStage stage, Command command,
                       const Macros& values);

// `address` "" is a client whose address is not known, "/path" a local socket.
std::string ConnectPayload(std::string_view name, std::string_view address, std::uint16_t port);

// Folds as LF; without its leading space where that was not negotiated.
std::string HeaderPayload(const Negotiated& negotiated, const HeaderLine& header);

// "<a@b>" and its ESMTP parameters.
std::string PathPayload(std::string_view path, const std::vector<std::string>& parameters);

// Sets {mail_addr}, {mail_host}, {mail_mailer}, or the same for "rcpt".
void SetAddressMacros(Macros& macros, std::string_view prefix, std::string_view path);

}  // namespace gatepost::support
