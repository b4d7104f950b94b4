// A limit as an administrator writes it, one line:
//
//   200 recipients / hour by user
//   500 messages / day by user stream=bulk mode=shadow name=daily
//   10 messages / minute by client reputation<-0.3=50%
//   5000 recipients / hour by user-domain stream=bulk stream-reputation<0=50%
//   50 new-recipients / 30 days by user
//   1GB / day by user-domain pool answer=refuse
//   20 messages / 15 minutes by client+recipient
//   unlimited messages / day by user       counted, limited only by tables and overrides
//
// "1 message" is as good as "1 messages". Windows are minute, hour, day, week or a whole number of
// them, from a minute to a year. Sizes are in bytes or with kB, MB and GB, powers of 1,024. "pool"
// may stand after user-domain, to remind that all its mailboxes share it. Pure functions and
// values; any thread.
#pragma once

#include <chrono>
#include <cstddef>
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
  kSender,      // the envelope sender; never at somebody else's expense (subject.h)
  kSenderDomain,
  kRecipient,
  kRecipientDomain,
};
inline constexpr std::size_t kBys = 8;

enum class Mode { kEnforce, kShadow, kOff };

// How mail over the limit is answered: 450, come back, or 550, refused for good.
enum class Answer { kDefer, kRefuse };

// How much passes in a window: a number from 0 to kUnlimited, or kUncounted.
inline constexpr std::int64_t kUnlimited = 1'000'000'000'000'000;  // counted, and never reached
inline constexpr std::int64_t kUncounted = -1;  // the limit does not exist for this subject

// Whose reputation (-1 to 1) is below `below_thousandths` gets `percent` of the limit.
struct ReputationStep {
  std::int64_t below_thousandths = 0;
  std::int64_t percent = 100;
  friend bool operator==(const ReputationStep&, const ReputationStep&) = default;
};

struct Limit {
  static constexpr std::size_t kMaxLineBytes = 512;
  static constexpr std::size_t kMaxReputationSteps = 4;

  std::string name;         // unique among the limits; made from the line where none is given
  std::int64_t amount = 0;  // never kUncounted
  Counted counted = Counted::kMessages;
  std::chrono::milliseconds window{0};
  std::vector<By> by;  // one or two, in the order of By
  std::string stream;  // "": all mail
  Mode mode = Mode::kEnforce;
  Answer answer = Answer::kDefer;
  std::vector<ReputationStep> reputation;         // of the client, the lowest first
  std::vector<ReputationStep> stream_reputation;  // of the stream
  friend bool operator==(const Limit&, const Limit&) = default;

  // kInvalid with a sentence that says what is wrong with the line and what would be right.
  static base::Result<Limit> Parse(std::string_view line);
  // In full; Parse reads it back as it was.
  std::string Format() const;
  // The name under which the store counts it: what is counted, window, stream, shadow or not. A
  // limit whose number changes goes on counting.
  std::string slot() const;
  // Once in a message for each subject, however many recipients it has there.
  bool counts_once() const { return counted == Counted::kMessages || counted == Counted::kBytes; }
};

// Windows of at most a day defer: whoever comes back finds room before a mail server's queue gives
// up (5 days), so nothing is lost. Longer ones refuse: mail would wait for days and bounce then.
Answer DefaultAnswer(std::chrono::milliseconds window);

std::string_view Name(Counted counted);                      // "messages", "new-recipients"
std::string_view Name(By by);                                // "user", "client"
std::string_view Name(Mode mode);                            // "enforce"
std::string_view Name(Answer answer);                        // "defer"
std::string NameOfWindow(std::chrono::milliseconds window);  // "hour", "15 minutes"

// "200", "2GB" (where bytes are counted), "unlimited" ("none" too) or "off" (kUncounted).
base::Result<std::int64_t> ParseAmount(std::string_view text, Counted counted);
std::string FormatAmount(std::int64_t amount, Counted counted);

// Letters in lower case, digits, "-", "_" and "."; at most 64 bytes.
bool IsLimitName(std::string_view text);

}  // namespace gatepost::limits
