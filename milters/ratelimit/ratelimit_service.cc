#include "milters/ratelimit/ratelimit_service.h"

#include <utility>

#include "common/limits/recipient_cap.h"
#include "common/log/log.h"
#include "common/store/keys.h"
#include "common/warmup/schedule.h"
#include "milters/ratelimit/counting_handler.h"

namespace gatepost::ratelimit {

namespace {

// A line of its own among the limits' lines.
std::string FormatRecipientCap(const LimitRules& rules) {
  if (rules.recipients_per_message_mode == RuleMode::kOff) return "";
  const std::int64_t most = rules.recipients_per_message;
  const bool shadow = rules.recipients_per_message_mode == RuleMode::kShadow;
  return limits::RecipientCap{most == 0 ? limits::kUnlimited : most, shadow}.Format() + "\n";
}

}  // namespace

RatelimitService::RatelimitService(Configuration::Pointer configuration, Configuration::Loader load,
                                   Site site)
    : configuration_(std::move(configuration), std::move(load)), site_(site) {
  PublishLimits();
}

base::Result<void> RatelimitService::Reload() {
  auto reloaded = configuration_.Reload();
  if (reloaded) PublishLimits();
  return reloaded;
}

// The command line on any host reads there which limits are in force, and which addresses are
// warmed up.
void RatelimitService::PublishLimits() {
  const auto configuration = configuration_.Current();
  std::string lines;
  for (const limits::Limit& limit : configuration->limits->limits()) {
    if (limit.mode != limits::Mode::kOff) lines += limit.Format() + "\n";
  }
  lines += FormatRecipientCap(configuration->options.limits);
  const bool posted = site_.writer.Post(
      [host = site_.hostname, lines, schedule = configuration->warmup->schedule()](
          store::Store& store, base::Deadline deadline) {
        auto& shared = store.shared();
        auto told = shared.SetField(store::KeyMaker::LimitLines(), host, lines, deadline);
        if (told) told = warmup::TellSchedule(shared, host, schedule, deadline);
        if (!told) log::Warning("limits_not_published").With("reason", told.error().message);
      });
  if (!posted) log::Warning("limits_not_published").With("reason", "too much waits");
}

// One answer a recipient and one at the end. Header and body are shown only where something is
// counted by them.
milter::Stages RatelimitService::stages() const {
  using Want = milter::Stages::Want;
  const auto configuration = configuration_.Current();
  const bool bytes = configuration->counts_bytes;
  milter::Stages stages;
  stages.mail_from = Want::kListen;
  stages.recipient = Want::kAnswer;
  stages.refused_recipients = true;
  stages.headers = bytes || configuration->asks_streams_of_headers ? Want::kListen : Want::kNo;
  stages.body = bytes ? Want::kListen : Want::kNo;
  stages.adds_headers = configuration->options.warning.header;
  stages.quarantines = configuration->holds_mail || configuration->holds_local_mail();
  return stages;
}

std::unique_ptr<milter::MessageHandler> RatelimitService::NewMessage(
    const milter::Connection& connection, const milter::Envelope& envelope) {
  auto configuration = configuration_.Current();
  const Exemptions& exempt = configuration->options.exempt;
  const bool exempt_client = base::AnyContains(exempt.networks, connection.client) ||
                             (exempt.local && envelope.local_submission);
  if (envelope.sasl_user.empty() && exempt_client) {
    site_.journal.Count("ratelimit.exempt");
    return nullptr;
  }
  return std::make_unique<CountingHandler>(
      MessageContext{std::move(configuration), site_, connection, envelope});
}

}  // namespace gatepost::ratelimit
