// What one message is charged, from its first recipient to its end. Each limit counts the message
// and its bytes once for each subject that it counts by: once for the user, once for each recipient
// or domain that the message goes to. So no recipient in front hides the others.
//
//   at RCPT:  charges = message.AtRecipient(subjects, stream, declared_bytes, circumstances);
//             reserve them; where the ledger has room: message.Accept(subjects, charges, outcome);
//   at the end:  reserve message.AtEnd(subjects, {bytes, late_stream}, circumstances), one request
//             for all recipients, asking for no acquaintance
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/limits/charges.h"
#include "common/limits/ledger.h"
#include "common/limits/limit_set.h"
#include "common/limits/subject.h"

namespace gatepost::limits {

class MessageCharges {
 public:
  // `set` outlives it.
  explicit MessageCharges(const LimitSet& set) : set_(set) {}

  // What the recipient that `subjects` has now adds. `stream`: the message's, "" for none; nothing
  // where the header may decide it: limits of streams wait for the end then.
  Charges AtRecipient(const Subjects& subjects, std::optional<std::string_view> stream,
                      std::int64_t declared_bytes, const Circumstances& circumstances);
  // The ledger shall be asked whether this recipient is new though nothing is charged: a limit of a
  // stream will want to know.
  bool asks_whether_new() const;
  // `charges` of the last AtRecipient, perhaps with others put behind them, were reserved. Without
  // it that recipient leaves no trace. Where nothing was to be reserved: an empty outcome.
  void Accept(const Subjects& subjects, const Charges& charges, const Outcome& outcome);

  struct End {
    std::int64_t bytes = 0;        // of the whole message
    std::string_view late_stream;  // that the header decided; "": none, or it was known before
  };
  // Bytes beyond what was reserved, and what the late stream's limits count of all recipients.
  // Whether each was new is known, so no charge leaves it to the ledger: reserve with an empty
  // Acquaintance. Leaves `subjects` at any recipient.
  Charges AtEnd(Subjects& subjects, const End& end, const Circumstances& circumstances) const;

 private:
  struct Accepted {
    std::string path;
    bool is_new = false;
  };
  void AddBytes(std::int64_t bytes, MergedCharges& all) const;
  void AddStream(Subjects& subjects, const End& end, const Circumstances& circumstances,
                 MergedCharges& all) const;

  const LimitSet& set_;
  bool stream_open_ = false;          // the header may decide it
  MergedCharges counted_;             // messages and bytes that are reserved
  std::vector<Accepted> recipients_;  // where limits of a stream may count them late
};

}  // namespace gatepost::limits
