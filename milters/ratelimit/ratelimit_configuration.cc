#include "milters/ratelimit/ratelimit_configuration.h"

#include <algorithm>
#include <utility>

#include "common/config/config_error.h"
#include "common/config/spelling.h"
#include "common/config/table_file.h"
#include "milters/ratelimit/detector_options.h"

namespace gatepost::ratelimit {
namespace {

using config::ConfigError;
using limits::By;
using limits::Counted;

std::vector<std::string> LoadAccounts(const std::string& path,
                                      const accounts::AccountNames& names) {
  std::vector<std::string> accounts;
  if (path.empty()) return accounts;
  config::TableFile::Load(path).ForEachRow(
      [&](const config::TableRow& row) -> std::optional<std::string> {
        if (row.fields.size() != 1) return "needs one account";
        accounts.push_back(names.Canonicalize(row.fields[0]).name);
        return std::nullopt;
      });
  std::ranges::sort(accounts);
  return accounts;
}

limits::Limit ParseThrottle(const std::string& line) {
  auto limit = limits::Limit::Parse(line + " by user name=throttle");
  if (!limit) throw ConfigError("response.throttle: " + limit.error().message);
  if (limit->counted != Counted::kMessages) {
    throw ConfigError("response.throttle: must count messages");
  }
  return *std::move(limit);
}

// Limits of a stream that no mail belongs to would never apply.
void CheckStreams(const RatelimitConfiguration& configuration) {
  const std::vector<std::string> known = configuration.streams->names();
  for (const limits::Limit& limit : configuration.limits->limits()) {
    if (limit.stream.empty() || std::ranges::find(known, limit.stream) != known.end()) continue;
    const auto meant = config::Closest(limit.stream, known);
    throw ConfigError("limits.limits: " + limit.name + ": the table accounts.streams has no " +
                      "stream \"" + limit.stream + "\"" +
                      (meant ? ", did you mean \"" + *meant + "\"?" : ""));
  }
}

}  // namespace

bool RatelimitConfiguration::NeverSuspends(std::string_view account) const {
  return std::ranges::binary_search(never_suspend, account);
}

bool RatelimitConfiguration::AsksStreamReputation(std::string_view stream) const {
  return options.reputation.enabled && !stream.empty() && limits->NeedsReputationOf(stream);
}

std::shared_ptr<const RatelimitConfiguration> LoadConfiguration(
    RatelimitOptions options, const config::AccountOptions& accounts) {
  if (const std::string wrong = FindContradiction(options.detector); !wrong.empty()) {
    throw ConfigError(wrong);
  }
  auto configuration = std::make_shared<RatelimitConfiguration>();
  configuration->names = accounts::AccountNames::Load(accounts);
  configuration->contacts = accounts::ContactTable::Load(accounts.contacts, *configuration->names);
  configuration->streams = accounts::StreamTable::Load(accounts.streams, *configuration->names);
  configuration->limits =
      limits::LimitSet::Load(options.limits.limits, options.limits.table, *configuration->names);
  CheckStreams(*configuration);
  configuration->throttle = ParseThrottle(options.response.throttle);
  configuration->countries = Countries::Load(options.detector.country_file);
  configuration->never_suspend =
      LoadAccounts(options.detector.never_suspend, *configuration->names);
  configuration->warmup = WarmUpTable::Load(options.warmup.table, *configuration->names);
  configuration->holds_mail =
      !options.warmup.table.empty() && options.warmup.over == WarmUpRules::Over::kHold;
  configuration->counts_bytes = configuration->limits->Counts(Counted::kBytes);
  configuration->learns_recipients = options.detector.mode != limits::Mode::kOff ||
                                     configuration->limits->Counts(limits::Counted::kNewRecipients);
  configuration->asks_streams_of_headers =
      configuration->streams->needs_headers() &&
      (configuration->limits->needs_streams() || !options.warmup.table.empty());
  configuration->asks_reputation =
      options.reputation.enabled && configuration->limits->needs_reputation();
  configuration->options = std::move(options);
  return configuration;
}

}  // namespace gatepost::ratelimit
