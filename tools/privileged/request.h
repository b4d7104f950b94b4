// A request to the root process: one line, read from a stranger's socket. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::privileged {

enum class Verb { kKick, kRelease, kHold, kDelete, kNewPassword };

struct Request {
  Verb verb = Verb::kKick;
  std::string argument;  // a queue id or a user, as the verb has it; safe as a program's argument
};

// "release 4XyZ0123\n", no byte more. kInvalid for everything else, with a sentence for the log.
base::Result<Request> ParseRequest(std::string_view line);

std::string_view Name(Verb verb);

// What Postfix makes: 6 to 20 letters and digits. So it is neither "ALL" nor "-".
bool IsQueueId(std::string_view text);

// A login name that no program takes for more: letters, digits and @.-_+=#!'~&% and whatever UTF-8
// has beyond ASCII except controls, at most 320 bytes; no path, no option, no mask, no network
// address (doveadm kick takes those for the clients' addresses).
bool IsUser(std::string_view text);

}  // namespace gatepost::privileged
