// What a notification tells stays within its bounds, whatever the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mail/delivery_status.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckBounds(const mail::RecipientStatus& recipient) {
  for (const std::string* value : {&recipient.original_recipient, &recipient.final_recipient,
                                   &recipient.action, &recipient.diagnostic}) {
    Check(value->size() <= mail::kMaxStatusValueBytes);
    Check(value->find('\n') == std::string::npos);
  }
  Check(recipient.status.size() <= 11);
  if (recipient.FailedForGood()) Check(recipient.status[0] == '5');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto status = mail::ParseDeliveryStatus({reinterpret_cast<const char*>(data), size});
  if (!status) return 0;
  Check(!status->recipients.empty() && status->recipients.size() <= mail::kMaxStatusRecipients);
  Check(status->original_message_id.size() <= mail::kMaxStatusValueBytes);
  for (const auto& recipient : status->recipients) CheckBounds(recipient);
  return 0;
}
