#include "milters/ratelimit/account_watch.h"

#include "milters/ratelimit/charge_policy.h"

namespace gatepost::ratelimit {

AccountWatch::AccountWatch(const MessageContext& context,
                           const std::optional<accounts::Account>& account,
                           const std::string& subject, MessageReport& report)
    : context_(context), account_(account), subject_(subject), report_(report) {
  if (!watches()) return;
  const base::IpAddress& client = context_.connection.client;
  where_ = Whereabouts::Of(client, context_.configuration->countries->Find(client));
}

bool AccountWatch::watches() const {
  return account_ && context_.configuration->options.detector.mode != limits::Mode::kOff;
}

std::optional<WatchCall> AccountWatch::AtRecipient(const std::string& recipient,
                                                   bool refused) const {
  if (!watches()) return std::nullopt;
  return WatchCall::AtRecipient(subject_, where_, recipient, refused);
}

std::optional<WatchCall> AccountWatch::AtCommit(std::int64_t recipients) const {
  if (!watches()) return std::nullopt;
  return WatchCall::AtCommit(subject_, where_, {recipients, new_recipients_, usual_});
}

void AccountWatch::LearnTerms(const limits::Charges& charges) {
  if (!raised_hourly_limit_) raised_hourly_limit_ = RaisedHourlyLimit(charges);
}

bool AccountWatch::Judge(const Signals& signals, bool throttled, const std::string& reference) {
  const RatelimitConfiguration& configuration = *context_.configuration;
  const AccountTerms terms{configuration.NeverSuspends(account_->name),
                           raised_hourly_limit_.value_or(0)};
  const Assessment assessment = Assess(configuration.options.detector, signals, terms);
  usual_ = usual_ && assessment.usual;
  if (assessment.step == Step::kNone) return false;
  const bool shadow = configuration.options.detector.mode == limits::Mode::kShadow;
  report_.NoteAssessment(assessment, shadow);
  if (shadow) return false;
  Act(assessment, throttled, reference);
  return true;
}

void AccountWatch::Act(const Assessment& assessment, bool throttled, const std::string& reference) {
  if (assessment.step <= acted_) return;  // once in a message is enough
  if (throttled && assessment.step <= Step::kThrottle) return;
  acted_ = assessment.step;
  const Finding finding{"score " + std::to_string(assessment.score) + ": " + assessment.Evidence(),
                        reference, assessment.Names()};
  Responder& responder = context_.site.responder;
  using Level = accounts::Suspension::Level;
  switch (assessment.step) {
    case Step::kNone:
      return;
    case Step::kNotice:
      return responder.Warn(account_->name, finding);
    case Step::kThrottle:
      return responder.Act(account_->name, Level::kThrottle, finding);
    case Step::kSuspend:
      return responder.Act(account_->name, Level::kSuspend, finding);
  }
}

}  // namespace gatepost::ratelimit
