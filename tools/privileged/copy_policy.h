// How a copy of a held message is delivered to one of its recipients: what postcat says of the
// message, and what is run. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "tools/privileged/privileged_options.h"
#include "tools/privileged/request.h"
#include "tools/privileged/verb_policy.h"

namespace gatepost::privileged {

// What stands in front of the copy.
inline constexpr std::string_view kPassHeader = "X-Gatepost-Release: ";

// Addresses as sendmail(1) takes them, quoted where they must be.
struct CopyEnvelope {
  std::string sender;  // "<>": the null sender
  std::string recipient;
};

// Reads what `postcat -e -q` printed. kNotFound where the message is not on hold, or `recipient`,
// in any spelling of its letters, is none of its recipients.
base::Result<CopyEnvelope> ParseEnvelope(std::string_view printed, std::string_view recipient);

struct CopyCommands {
  Command envelope;  // prints what ParseEnvelope reads
  Command content;   // prints header and body as they stand
  Command submit;    // reads the copy; without its last words, the addresses
};
// kNotFound: the option that names a program is empty.
base::Result<CopyCommands> CopyCommandsFor(const std::string& queue_id,
                                           const CommandOptions& options);
// Makes `submit` whole.
void Address(const CopyEnvelope& envelope, Command& submit);

}  // namespace gatepost::privileged
