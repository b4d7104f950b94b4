#include "milters/dkim/dkim_configuration.h"

#include <algorithm>

#include "common/config/config_error.h"
#include "common/config/spelling.h"
#include "common/config/table_file.h"

namespace gatepost::dkim {
namespace {

// What is wrong with options that are each right alone.
std::string FindContradiction(const DkimOptions& o) {
  if (o.mode != Mode::kVerify && o.key_table.empty()) {
    return "mode signs, but sign.key_table names no file";
  }
  if (o.rules.unknown_domain == UnknownDomain::kDefaultDomain &&
      !mail::Domain::Parse(o.rules.default_domain)) {
    return "sign.unknown_domain = \"default\" needs a valid sign.default_domain";
  }
  // Mail may wait for days in a queue; a signature that dies sooner does harm only.
  if (o.expire.count() > 0 && o.expire < std::chrono::hours(1)) {
    return "sign.expire must be 0s or at least 1h";
  }
  return "";
}

// Rows of a stream that no mail belongs to.
void CheckStreams(const DkimConfiguration& configuration) {
  const std::vector<std::string> known = configuration.streams->names();
  for (const KeyRow& row : configuration.keys.All()) {
    if (row.stream.empty() || std::ranges::find(known, row.stream) != known.end()) continue;
    const auto meant = config::Closest(row.stream, known);
    throw config::ConfigError(configuration.options.key_table +
                              ": the table accounts.streams has " + "no stream \"" + row.stream +
                              "\"" + (meant ? ", did you mean \"" + *meant + "\"?" : ""));
  }
}

}  // namespace

std::shared_ptr<const DkimConfiguration> LoadConfiguration(DkimOptions options,
                                                           const config::SiteOptions& site) {
  if (const std::string wrong = FindContradiction(options); !wrong.empty()) {
    throw config::ConfigError(wrong);
  }
  auto configuration = std::make_shared<DkimConfiguration>(std::move(options));
  configuration->authserv_id = site.identity.authserv_id;
  configuration->accounts = accounts::AccountNames::Load(site.accounts);
  configuration->streams =
      accounts::StreamTable::Load(site.accounts.streams, *configuration->accounts);
  const DkimOptions& o = configuration->options;
  if (!o.key_table.empty()) {
    configuration->keys = KeyTable::Load(config::TableFile::Load(o.key_table));
  }
  CheckStreams(*configuration);
  if (!o.sender_table.empty()) {
    configuration->senders = SenderTable::Load(config::TableFile::Load(o.sender_table));
  }
  return configuration;
}

void CheckEveryKey(const DkimConfiguration& configuration) {
  std::string problems;
  for (const KeyRow& row : configuration.keys.All()) {
    if (const auto key = OpenKey(row); !key) {
      problems += (problems.empty() ? "" : "\n") + key.error().message;
    }
  }
  if (!problems.empty()) throw config::ConfigError(problems);
}

}  // namespace gatepost::dkim
