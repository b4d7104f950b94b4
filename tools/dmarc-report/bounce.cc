#include "tools/dmarc-report/bounce.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/mail/delivery_status.h"
#include "tools/dmarc-report/refusals.h"
#include "tools/dmarc-report/report_marks.h"

namespace gatepost::dmarc_report {
namespace {

using base::Result;

constexpr std::size_t kTokenDigits = 32;

bool IsHexDigit(char c) { return base::IsAsciiDigit(c) || (c >= 'a' && c <= 'f'); }

// A notification may return nothing of the message; what it returns must be that message.
bool IsAbout(const mail::DeliveryStatus& status, const SentMessage& message) {
  return status.original_message_id.empty() || status.original_message_id == message.message_id;
}

Result<BounceOutcome> Refuse(const SentMessage& message, const mail::RecipientStatus& reason,
                             Result<std::int64_t> count) {
  if (!count) return tl::unexpected(count.error());
  log::Warning("address_refuses")
      .With("to", message.address)
      .With("bounces", *count)
      .With("status", reason.status)
      .With("reason", reason.diagnostic);
  return BounceOutcome::kRefused;
}

}  // namespace

std::string MakeToken() {
  std::random_device random;
  std::array<char, kTokenDigits + 1> hex;
  std::snprintf(hex.data(), hex.size(), "%08x%08x%08x%08x", random(), random(), random(), random());
  return hex.data();
}

std::string BounceAddress(const std::string& base_address, const std::string& token) {
  const std::size_t at = base_address.find('@');
  if (at == std::string::npos) return "";
  return base_address.substr(0, at) + "+" + token + base_address.substr(at);
}

std::string TokenOf(std::string_view address) {
  const std::string_view local = address.substr(0, address.rfind('@'));
  const std::size_t plus = local.rfind('+');
  if (plus == std::string_view::npos) return "";
  std::string token = base::ToLower(local.substr(plus + 1));
  const bool good = token.size() == kTokenDigits && std::ranges::all_of(token, IsHexDigit);
  return good ? token : "";
}

std::string_view Name(BounceOutcome outcome) {
  static constexpr std::array<std::string_view, 4> kNames{"no_bounce", "forged", "temporary",
                                                          "refused"};
  return kNames[static_cast<std::size_t>(outcome)];
}

Result<BounceOutcome> LearnFromBounce(const Bounce& bounce, std::chrono::seconds refusal_time,
                                      store::Store& store, const base::Clock& clock,
                                      base::Deadline deadline) {
  const auto status = mail::ParseDeliveryStatus(bounce.message);
  if (!status) return BounceOutcome::kNoBounce;
  const std::string token = TokenOf(bounce.recipient);
  if (token.empty()) return BounceOutcome::kForged;
  const auto message = ReportMarks(store).FindToken(token, deadline);
  if (!message) return tl::unexpected(message.error());
  if (!*message || !IsAbout(*status, **message)) return BounceOutcome::kForged;
  // Where an address stands for several, some of which were reached, it is good.
  if (!std::ranges::all_of(status->recipients, &mail::RecipientStatus::FailedForGood)) {
    return BounceOutcome::kTemporary;
  }
  return Refuse(**message, status->recipients[0],
                Refusals(store).Add((*message)->address, refusal_time, clock.Wall(), deadline));
}

}  // namespace gatepost::dmarc_report
