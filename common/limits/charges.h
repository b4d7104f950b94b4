// From limits and a message's facts to what the ledger is asked to reserve. On the path of every
// RCPT; message_charges.h asks it for a whole message. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/strings.h"
#include "common/limits/exceptions.h"
#include "common/limits/ledger.h"
#include "common/limits/limit_set.h"
#include "common/limits/subject.h"

namespace gatepost::limits {

struct Charges {
  std::vector<SubjectCharges> subjects;
  // limits[i][j] is the limit of subjects[i].charges[j]; it lives as long as the set.
  std::vector<std::vector<const Limit*>> limits;
};

// Charges of which each slot of a subject stands once: amounts add up, the strictest limit decides.
class MergedCharges {
 public:
  void Add(const std::string& subject, const Charge& charge, const Limit* limit);
  bool Has(std::string_view subject, std::string_view slot) const;
  const Charges& charges() const { return charges_; }
  Charges Take() { return std::move(charges_); }

 private:
  Charges charges_;
  std::unordered_map<std::string, std::size_t, base::StringHash, std::equal_to<>> places_;
};

// What a step of a message adds. What is 0 is not asked about in this step.
struct Step {
  std::int64_t messages = 0;        // 1 until each limit counts it
  std::int64_t recipients = 0;      // 1 at each
  std::int64_t new_recipients = 0;  // 1 where the ledger shall count it if the recipient is new
  // As declared, with the message; a size that is not known is 0 and reserves one byte, so that a
  // budget that is used up shows before the body is sent. Nothing: not asked about.
  std::optional<std::int64_t> bytes;

  // Limits of a stream apply once it is known, which may be at the end of the headers.
  enum class Which { kAll, kWithoutStream, kOfStream };
  Which which = Which::kAll;
  std::string_view stream;  // the message's, "" for none

  // Limits that count this message already are not asked again for it and its bytes.
  const MergedCharges* counted = nullptr;
};

// Reputations, -1 to 1; nothing for strangers and where no limit asks.
struct Scores {
  std::optional<double> client;
  std::optional<double> stream;
};

// What else has a say in the amounts. What it refers to outlives the call.
struct Circumstances {
  const Exceptions* overrides = nullptr;  // Overrides::Current()
  base::WallTime now{};
  Scores scores;
};

// Effective amounts: the exception that exceptions.h finds, else the limit's own; then the share
// that reputation leaves, rounded down, at least 1 unless the share is 0 %.
Charges MakeCharges(const LimitSet& set, const Subjects& subjects, const Step& step,
                    const Circumstances& circumstances);

// Whether the recipient is new to the user; of nobody where no user is logged in.
Acquaintance MakeAcquaintance(const Subjects& subjects);

// How much of the limit the client's and the stream's reputation leave; the smaller share of both.
std::int64_t ReputationPercent(const Limit& limit, const Scores& scores);
// `amount` after reputation's steps.
std::int64_t ApplyReputation(const Limit& limit, std::int64_t amount, const Scores& scores);

}  // namespace gatepost::limits
