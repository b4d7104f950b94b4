#include "milters/ratelimit/sender_reputation.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace gatepost::ratelimit {

using reputation::EventKind;
using reputation::Subject;

namespace {

// Nothing for a stranger.
std::optional<double> Worst(std::span<const reputation::Standing> standings) {
  std::optional<double> worst;
  for (const reputation::Standing& standing : standings) {
    if (standing.known) worst = std::min(worst.value_or(1), standing.score);
  }
  return worst;
}

}  // namespace

SenderReputation::SenderReputation(const MessageContext& context,
                                   const std::optional<accounts::Account>& account,
                                   const base::IpAddress& client)
    : context_(context), account_(account), client_(client) {}

void SenderReputation::SetStream(const std::string& stream) {
  stream_name_ = stream;
  if (!account_ || !account_->domain || stream.empty()) return;
  stream_ = Subject::Stream(*account_->domain, stream);
  TellStream(EventKind::kUnknownRecipient, std::exchange(unknown_before_, 0));
}

void SenderReputation::Look(StoreBudget& budget) {
  const RatelimitConfiguration& configuration = *context_.configuration;
  const bool client = configuration.asks_reputation && client_.bits() != 0 &&
                      !std::exchange(looked_at_client_, true);
  const bool stream = configuration.AsksStreamReputation(stream_name_) && stream_ &&
                      !std::exchange(looked_at_stream_, true);
  std::vector<Subject> subjects;
  if (client) subjects = {Subject::Address(client_), Subject::Network(client_)};
  if (stream) subjects.push_back(*stream_);
  if (subjects.empty()) return;
  const auto standings = budget.Spend(
      [&](base::Deadline deadline) { return context_.site.reputation.Look(subjects, deadline); });
  const auto of_client = std::span(standings).first(client ? 2 : 0);
  if (client) scores_.client = Worst(of_client);
  if (stream) scores_.stream = Worst(std::span(standings).subspan(of_client.size()));
}

void SenderReputation::NoteUnknownRecipient() {
  if (!account_) TellClient(EventKind::kUnknownRecipient);
  if (stream_) {
    TellStream(EventKind::kUnknownRecipient);
  } else {
    ++unknown_before_;
  }
}

// Other limits are shared with other streams, which must not be able to harm this one. Once in a
// message, as a client may try each recipient.
void SenderReputation::NoteShortage(const limits::Limit& limit) {
  if (!account_) TellClient(EventKind::kLimitHit);
  const bool own = !limit.stream.empty() && limit.stream == stream_name_;
  if (own && !std::exchange(told_shortage_, true)) TellStream(EventKind::kLimitHit);
}

void SenderReputation::NoteAccepted(std::int64_t recipients) {
  TellStream(EventKind::kDelivered, recipients);
}

void SenderReputation::TellClient(EventKind event) {
  if (!enabled() || client_.bits() == 0) return;
  context_.site.reputation.Tell(Subject::Address(client_), event);
  context_.site.reputation.Tell(Subject::Network(client_), event);
}

void SenderReputation::TellStream(EventKind event, std::int64_t times) {
  if (enabled() && stream_ && times > 0) context_.site.reputation.Tell(*stream_, event, times);
}

void SenderReputation::Describe(MessageReport& report) const {
  if (scores_.client) report.NoteReputation("client", *scores_.client);
  if (!stream_name_.empty()) {
    report.NoteStream(stream_name_, stream_ ? stream_->text() : "", scores_.stream);
  }
}

}  // namespace gatepost::ratelimit
