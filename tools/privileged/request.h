// A request to the root process: one line, read from a stranger's socket. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::privileged {

enum class Verb { kKick, kRelease, kReleaseTo, kAccepted, kHeld, kHold, kDelete, kNewPassword };

struct Request {
  Verb verb = Verb::kKick;
  std::string argument;  // a queue id or a user, as the verb has it; safe as a program's argument
  // Of kReleaseTo alone; neither is safe by itself.
  std::string recipient = {};
  std::string pass = {};
};

// "release 4XyZ0123\n" or "release-to 4XyZ0123 bob@example.org PASS\n", no byte more. kInvalid for
// everything else, with a sentence for the log.
base::Result<Request> ParseRequest(std::string_view line);

std::string_view Name(Verb verb);

// What Postfix makes: 6 to 20 letters and digits. So it is neither "ALL" nor "-".
bool IsQueueId(std::string_view text);

// Printable, without blanks, at most 320 bytes: to be compared with the recipients of a message.
bool IsRecipient(std::string_view text);

// What may stand in a header field: at most 200 letters, digits and ".:-_".
bool IsPass(std::string_view text);

// A login name that no program takes for more: letters, digits and @.-_+=#!'~&% and whatever UTF-8
// has beyond ASCII except controls, at most 320 bytes; no path, no option, no mask, no network
// address (doveadm kick takes those for the clients' addresses).
bool IsUser(std::string_view text);

}  // namespace gatepost::privileged
