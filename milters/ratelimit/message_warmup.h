// One message's part in the warm-up of a sending address, from its first recipient to its end. Used
// by its handler alone. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/limits/charges.h"
#include "common/limits/ledger.h"
#include "common/milter/message_editor.h"
#include "common/milter/message_handler.h"
#include "milters/ratelimit/ratelimit_configuration.h"
#include "milters/ratelimit/warmup.h"

namespace gatepost::ratelimit {

class MessageWarmUp {
 public:
  // `warm_up` nullptr: no address is warmed up. Both outlive it.
  MessageWarmUp(WarmUp* warm_up, const RatelimitConfiguration& configuration)
      : warm_up_(warm_up), configuration_(configuration) {}

  // What the recipient, and at the end what only the message's stream decides, is to be charged.
  void AddRecipient(const milter::Recipient& recipient, const WarmUpTable::Mail& mail,
                    limits::Charges& charges);
  void AddRest(const WarmUpTable::Mail& mail, limits::Charges& charges);
  // What the ledger said to these charges.
  void Note(const limits::Charges& charges, const limits::Outcome& outcome);

  // Over the day's allowance: it is to be held.
  bool over() const { return plan_ && plan_->over(); }
  // False: it cannot be held, and must stay with the client.
  bool Hold(milter::MessageEditor& editor, const std::string& queue_id);
  // The message was accepted.
  void Count() const;

 private:
  bool Leaves(const milter::Recipient& recipient, bool has_user) const;
  void Begin(const WarmUpTable::Mail& mail);
  void AddCharge(const std::string& domain, limits::Charges& charges);

  WarmUp* const warm_up_;
  const RatelimitConfiguration& configuration_;
  std::optional<WarmUpPlan> plan_;
  std::vector<std::string> undecided_;  // domains, where the stream may warm up an address
};

}  // namespace gatepost::ratelimit
