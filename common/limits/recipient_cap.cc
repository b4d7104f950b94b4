#include "common/limits/recipient_cap.h"

#include "common/base/strings.h"

namespace gatepost::limits {

std::string RecipientCap::Format() const {
  return FormatAmount(most, Counted::kRecipients) + " " + std::string(kRecipientsPerMessage) +
         (shadow ? " mode=shadow" : "");
}

base::Result<RecipientCap> RecipientCap::Parse(std::string_view line) {
  const auto words = base::Split(line.substr(0, Limit::kMaxLineBytes), ' ');
  const bool shadow = words.size() == 3 && words[2] == "mode=shadow";
  if (words.size() < 2 || words[1] != kRecipientsPerMessage || words.size() > (shadow ? 3U : 2U)) {
    return base::Fail(base::ErrorKind::kInvalid, "not a cap on the recipients of one message");
  }
  const auto most = ParseAmount(words[0], Counted::kRecipients);
  if (!most) return tl::unexpected(most.error());
  return RecipientCap{*most, shadow};
}

}  // namespace gatepost::limits
