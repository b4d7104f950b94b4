// Asks the root process of this host (its manual page says what it does) for one thing:
//
//   privileged::Ask("/run/gatepost/privileged.sock", "kick", "eva@example.org", deadline);
//
// A connection carries one request, "VERB ARGUMENT\n", and one answer, "ok\n" or "error TEXT\n".
// What a verb may be given is decided there, not here. Blocks until the deadline; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace gatepost::privileged {

inline constexpr std::size_t kMaxRequestBytes = 512;  // with the line end
inline constexpr std::size_t kMaxAnswerBytes = 1'024;

// What a verb about a message answers where the queue has none of this id.
inline constexpr std::string_view kNoSuchMessage = "there is no such message";
// What "accepted" answers while Postfix has not taken every copy.
inline constexpr std::string_view kCopyWaits = "a copy of it waits to be accepted";

// kInvalid: the words cannot be sent. kUnavailable: nobody answers at the socket; kPermission: we
// may not connect; kTimeout: it may still be done. kInternal: it was refused or went wrong, and the
// message is the other side's, for the log.
base::Result<void> Ask(const std::string& socket, std::string_view verb, std::string_view argument,
                       base::Deadline deadline);
// The same for a verb with several arguments: {"release-to", "4XyZ0123", "bob@example.org", "v1"}.
base::Result<void> Ask(const std::string& socket, const std::vector<std::string>& words,
                       base::Deadline deadline);

// Reads an answer, line end included.
base::Result<void> ParseAnswer(std::string_view answer);

}  // namespace gatepost::privileged
