// A limit as an administrator writes it, one line:
//
//   200 recipients / hour by user
//   500 messages / day by user [stream=bulk] [mode=shadow] [name=daily]
//   10 messages / minute by client
//   50 new-recipients / day by user
//   1 GB bytes / day by user-domain pool
//   20 messages / hour by client+recipient
//
// Pure functions and values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::limits {

enum class Counted { kMessages, kRecipients, kBytes, kNewRecipients };

// What a limit counts by. A subject may be one of these or a pair.
enum class By {
  kUser,        // the SASL account, in its one spelling
  kUserDomain,  // the account's domain: a pool of all its mailboxes
  kClient,      // the address; IPv6: its /64
  kNetwork,     // /24 or /64
  kSender,      // the envelope sender; only where it is the user's own or nobody is logged in
  kSenderDomain,
  kRecipient,
  kRecipientDomain,
};

enum class Mode { kEnforce, kShadow, kOff };

struct Limit {
  std::string name;  // unique among the limits; made from the line where none is given
  std::int64_t amount = 0;
  Counted counted = Counted::kMessages;
  std::chrono::milliseconds window{0};
  std::vector<By> by;  // one or two
  std::string stream;  // "": all mail
  Mode mode = Mode::kEnforce;
  friend bool operator==(const Limit&, const Limit&) = default;

  // kInvalid with a sentence that says what is wrong with the line and what would be right.
  static base::Result<Limit> Parse(std::string_view line);
  std::string Format() const;
  // The name under which the store counts it: what is counted, window, stream, shadow or not. A
  // limit whose number changes goes on counting.
  std::string slot() const;
};

std::string_view Name(Counted counted);  // "messages", "new-recipients"
std::string_view Name(By by);            // "user", "client"

}  // namespace gatepost::limits
