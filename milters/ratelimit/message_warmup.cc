#include "milters/ratelimit/message_warmup.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/mail/address.h"

namespace gatepost::ratelimit {
namespace {

// Postfix's transports, by the names that master.cf usually gives them, into mailboxes and lists of
// its own site, and those that deliver nowhere.
constexpr std::array<std::string_view, 9> kOwnTransports{
    "local", "virtual", "lmtp", "dovecot", "maildrop", "mailman", "error", "retry", "discard"};

}  // namespace

// By an address that may be warmed up. Where the mail server does not say, a user's mail does.
bool MessageWarmUp::Leaves(const milter::Recipient& recipient, bool has_user) const {
  if (recipient.mailer.empty()) return has_user;
  return std::ranges::count(kOwnTransports, recipient.mailer) == 0 &&
         std::ranges::count(configuration_.options.warmup.own_transports, recipient.mailer) == 0;
}

void MessageWarmUp::Begin(const WarmUpTable::Mail& mail) {
  if (!plan_) plan_ = warm_up_->Begin(mail);
}

void MessageWarmUp::AddCharge(const std::string& domain, limits::Charges& charges) {
  warm_up_->AddCharge(*plan_, domain, !configuration_.holds_mail, charges);
}

void MessageWarmUp::AddRecipient(const milter::Recipient& recipient, const WarmUpTable::Mail& mail,
                                 limits::Charges& charges) {
  if (warm_up_ == nullptr || !Leaves(recipient, !mail.account.empty())) return;
  const auto path = mail::ParsePath(recipient.path);
  if (!path) return;
  Begin(mail);
  if (plan_) {
    AddCharge(path->domain.ascii(), charges);
  } else if (!mail.stream) {
    undecided_.push_back(path->domain.ascii());
  }
}

void MessageWarmUp::AddRest(const WarmUpTable::Mail& mail, limits::Charges& charges) {
  if (undecided_.empty()) return;
  Begin(mail);
  if (!plan_) return;
  for (const std::string& domain : undecided_) AddCharge(domain, charges);
}

void MessageWarmUp::Note(const limits::Charges& charges, const limits::Outcome& outcome) {
  if (plan_) warm_up_->Note(*plan_, charges, outcome);
}

bool MessageWarmUp::Hold(milter::MessageEditor& editor, const std::string& queue_id) {
  return editor.Quarantine("warm-up of a sending address: over the day's allowance") &&
         warm_up_->Hold(*plan_, queue_id);
}

void MessageWarmUp::Count() const {
  if (plan_) warm_up_->Count(*plan_);
}

}  // namespace gatepost::ratelimit
