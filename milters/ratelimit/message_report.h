// What one message did to its limits, gathered while it comes and told once: the decision record,
// the log line, counters and events. One message's; not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/journal/journal.h"
#include "common/limits/ledger.h"
#include "common/limits/limit.h"
#include "common/milter/verdict.h"
#include "milters/ratelimit/detector_policy.h"
#include "milters/ratelimit/message_context.h"

namespace gatepost::ratelimit {

// How one limit stood, of the subject that was nearest to it.
struct Standing {
  const limits::Limit* limit = nullptr;
  std::string subject;
  std::int64_t amount = 0;  // as it applied
  std::int64_t used = 0;    // this message counted where it had room
  std::chrono::milliseconds room_in{0};
  std::int64_t refused_attempts = 0;
  bool short_of_room = false;
  std::int64_t percent = 100;  // of the limit, as reputation leaves it
};

class MessageReport {
 public:
  void NoteStanding(Standing standing);
  void NoteRefusal(std::string_view rule, const milter::Reply& reply, std::string evidence);
  // It would refuse mail that has no client to hear of it (sendmail(1)), which goes on.
  void NoteOver(std::string_view rule, std::string evidence);
  // A rule in shadow mode would have refused.
  void NoteShadow(std::string_view rule, std::string evidence);
  void NoteAssessment(const Assessment& assessment, bool shadow);
  // Of whom ("client"), and the score.
  void NoteReputation(std::string_view of, double score);
  // The message's stream; whose it is ("" where nobody logged in) and how that one stands, if
  // known.
  void NoteStream(std::string_view stream, std::string_view whose, std::optional<double> score);
  void NoteAlone() { alone_ = true; }

  const std::vector<Standing>& standings() const { return standings_; }
  bool refused_any() const { return !refusals_.empty(); }

  // `verdict`: pass, defer, refuse or hold. `reference` stands for the queue
  // id where there is none.
  void Send(const MessageContext& context, std::string_view verdict, const std::string& reference,
            std::chrono::microseconds spent, std::int64_t recipients);

 private:
  struct Refusal {
    std::string rule;
    std::string outcome;  // defer, refuse, over
    std::string evidence;
    bool shadow = false;
    unsigned times = 1;
  };

  void AddRefusal(Refusal refusal);
  void Count(journal::Journal& journal, std::string_view verdict) const;

  std::vector<Standing> standings_;
  std::vector<Refusal> refusals_;
  std::vector<journal::RuleOutcome> senders_;  // streams and reputations
  std::optional<Assessment> assessment_;
  bool shadow_assessment_ = false;
  bool over_ = false;   // instead of refusals
  bool alone_ = false;  // counted by this host, without the others
  std::string reply_;
};

}  // namespace gatepost::ratelimit
