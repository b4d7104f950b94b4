// Delivery status notifications (RFC 3464, and their internationalized types of RFC 6533): which
// addresses a message of ours did not reach, and why. Used by programs that learn from bounces.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gatepost::mail {

// One recipient of the message that the notification is about. Values are trimmed and cut after
// kMaxStatusValueBytes; they are foreign text.
struct RecipientStatus {
  std::string original_recipient;  // as the sender wrote it; "" where the field is missing
  std::string final_recipient;     // as the reporting server knew it
  std::string action;              // lower-case: "failed", "delayed", "delivered", "relayed" ...
  std::string status;              // "5.1.1" (RFC 3463); "" where the field is missing or no status
  std::string diagnostic;          // the other server's words, without their type

  // The address will not work when tried again (RFC 3464 sections 2.3.3 and 2.3.4).
  bool FailedForGood() const { return action == "failed" && status.starts_with("5."); }
};

struct DeliveryStatus {
  std::vector<RecipientStatus> recipients;  // at most kMaxStatusRecipients, at least one
  std::string original_message_id;          // of the returned message, without brackets; "" where
                                            // the notification returns none of its header
};

inline constexpr std::size_t kMaxStatusRecipients = 100;
inline constexpr std::size_t kMaxStatusValueBytes = 1'000;

// Reads a whole message with CRLF or LF line ends, whose end may be missing: give it the first
// megabyte. Linear in its length. kInvalid for all that is no multipart/report with
// report-type=delivery-status, has no status part, or one without a recipient.
base::Result<DeliveryStatus> ParseDeliveryStatus(std::string_view message);

}  // namespace gatepost::mail
