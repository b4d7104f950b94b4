// How a copy of a held message is delivered to one of its recipients: what postcat says of the
// message, and what is run. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

// All its recipients, from the same text; each as the queue has it and as it was given.
base::Result<std::vector<std::string>> ParseRecipients(std::string_view printed);

// Whether what `postqueue -j` printed has a message for one of them that sendmail left and Postfix
// has not accepted: a program that sees it has it wait. Whoever wrote it.
bool WaitsForOne(std::string_view queue, const std::vector<std::string>& recipients);

struct CopyCommands {
  Command envelope;  // prints what ParseEnvelope reads
  Command content;   // prints header and body as they stand
  Command submit;    // reads the copy; without its last words, the addresses
};
// kNotFound: the option that names a program is empty.
base::Result<CopyCommands> CopyCommandsFor(const std::string& queue_id,
                                           const CommandOptions& options);
// `envelope` as above, and what prints the queue.
struct WaitCommands {
  Command envelope;
  Command queue;
};
base::Result<WaitCommands> WaitCommandsFor(const std::string& queue_id,
                                           const CommandOptions& options);
// Makes `submit` whole.
void Address(const CopyEnvelope& envelope, Command& submit);

}  // namespace gatepost::privileged
