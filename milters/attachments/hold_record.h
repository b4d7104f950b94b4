// What the quarantine keeps of a message, gathered while it streams by. One message's; one thread
// at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/mail/header_field.h"
#include "common/milter/connection.h"
#include "common/quarantine/held_message.h"
#include "milters/attachments/item.h"
#include "milters/attachments/rules_policy.h"

namespace gatepost::attachments {

class HoldRecord {
 public:
  // What people see of the message, and what tells that a program wrote it.
  void OnHeader(const mail::HeaderField& field);
  void OnItem(const Item& item);
  // A bounce, a program's answer or a list's mail: nobody is told of it by a notice.
  bool automatic() const { return automatic_; }

  // Without queue id, host, time and account. `unjudged`: why not all of it could be judged, in
  // words; then nobody knows what a recipient would release, and administrators alone may.
  quarantine::HeldMessage Make(const milter::Envelope& envelope,
                               const milter::Connection& connection,
                               const std::vector<std::string>& recipients, const Outcome& outcome,
                               const std::string& unjudged) const;

 private:
  static constexpr std::size_t kMostAttachments = 30;
  static constexpr std::size_t kMostFieldBytes = 1'000;

  quarantine::HeldMessage shown_;  // the header's fields and the attachments
  std::optional<std::string> last_part_;
  bool automatic_ = false;
};

}  // namespace gatepost::attachments
