// MilterClient::Send: a whole message in Postfix's order of events.
#include "tests/support/milter_client.h"

namespace gatepost::support {

using base::Result;

// Whether the message goes on; where it does not, the outcome says what decided.
Result<bool> MilterClient::GoOn(const Result<Reply>& reply, Command stage, Outcome& outcome) {
  if (!reply) return tl::unexpected(reply.error());
  if (reply->GoesOn()) return true;
  outcome.reply = *reply;
  outcome.stage = stage;
  outcome.awaited_replies = awaited_replies_;
  return false;
}

// A refused recipient is no refused message, unless it was the last one left.
Result<bool> MilterClient::SendRecipients(const Envelope& envelope, Outcome& outcome) {
  using Verdict = Reply::Verdict;
  bool any_accepted = envelope.recipients.empty();
  for (const std::string& recipient : envelope.recipients) {
    const auto reply = Recipient(recipient);
    if (!reply) return tl::unexpected(reply.error());
    outcome.recipients.push_back(*reply);
    const bool refused = reply->verdict == Verdict::kReject || reply->verdict == Verdict::kTempFail;
    any_accepted = any_accepted || !refused;
    if (refused) continue;
    auto goes_on = GoOn(reply, Command::kRecipient, outcome);
    if (!goes_on || !*goes_on) return goes_on;
  }
  if (any_accepted) return true;
  return GoOn(outcome.recipients.back(), Command::kRecipient, outcome);
}

Result<bool> MilterClient::SendEnvelope(const Envelope& envelope, Outcome& outcome) {
  SetQueueId(envelope.queue_id);
  auto goes_on = GoOn(Mail(envelope.from, envelope.mail_parameters), Command::kMail, outcome);
  if (goes_on && *goes_on) goes_on = SendRecipients(envelope, outcome);
  if (goes_on && *goes_on) goes_on = GoOn(Data(), Command::kData, outcome);
  return goes_on;
}

Result<bool> MilterClient::SendContent(const Message& message, Outcome& outcome) {
  for (const HeaderLine& header : message.headers) {
    auto goes_on = GoOn(Header(header), Command::kHeader, outcome);
    if (!goes_on || !*goes_on) return goes_on;
  }
  auto goes_on = GoOn(EndOfHeaders(), Command::kEndOfHeaders, outcome);
  if (goes_on && *goes_on) goes_on = GoOn(Body(message.body), Command::kBody, outcome);
  return goes_on;
}

Result<Outcome> MilterClient::Send(const Envelope& envelope, const Message& message) {
  Outcome outcome;
  auto goes_on = SendEnvelope(envelope, outcome);
  if (goes_on && *goes_on) goes_on = SendContent(message, outcome);
  if (!goes_on) return tl::unexpected(goes_on.error());
  if (!*goes_on) {
    const auto aborted = Abort();
    if (!aborted) return tl::unexpected(aborted.error());
    return outcome;
  }
  auto last = EndOfMessage();
  if (last) last->recipients = std::move(outcome.recipients);
  return last;
}

}  // namespace gatepost::support
