#include "milters/attachments/outbreak.h"

#include <algorithm>

#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::attachments {
namespace {

using base::Result;
using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t kKept = 4;  // so many times the terms is counted on

std::string NetworkOf(const base::IpAddress& client) {
  if (client.family() == base::IpAddress::Family::kNone) return "local";
  return client.Masked(client.is_v4() ? 24 : 64).Format();
}

std::vector<std::string> Distinct(const std::vector<std::string>& sha256s) {
  std::vector<std::string> distinct;
  for (const std::string& sha256 : sha256s) {
    if (distinct.size() == Outbreaks::kMostFiles) break;
    if (sha256.empty() || std::ranges::find(distinct, sha256) != distinct.end()) continue;
    distinct.push_back(sha256);
  }
  return distinct;
}

// For kGuessAdd: a set lives for the window, and on from when it is full.
std::vector<std::string> Arguments(std::string sender, const OutbreakTerms& terms) {
  return {std::move(sender), std::to_string(kKept * terms.senders),
          std::to_string(terms.window.count()), std::to_string(terms.senders),
          std::to_string(terms.lasts.count())};
}

// Of what kGuessAdd returned for domains and networks.
Sighting ToSighting(const std::string& sha256, const Numbers& domains, const Numbers& networks,
                    std::int64_t needed) {
  Sighting sighting{.sha256 = sha256, .senders = std::min(domains[0], networks[0])};
  sighting.outbreak = sighting.senders >= needed;
  const auto filled = [needed](const Numbers& of) { return of[0] == needed && of[1] == 1; };
  sighting.just_now = sighting.outbreak && (filled(domains) || filled(networks));
  return sighting;
}

}  // namespace

bool Outbreaks::Counts(Kind kind) {
  return kind != Kind::kMedia && kind != Kind::kText && kind != Kind::kMail;
}

Result<std::vector<Sighting>> Outbreaks::Note(const std::vector<std::string>& sha256s,
                                              std::string_view sender_domain,
                                              const base::IpAddress& client,
                                              base::Deadline deadline) const {
  const auto files = Distinct(sha256s);
  if (sender_domain.empty() || files.empty()) return std::vector<Sighting>();
  const auto by_domain = Arguments(std::string(sender_domain.substr(0, 255)), terms_);
  const auto by_network = Arguments(NetworkOf(client), terms_);
  std::vector<store::Key> keys;
  for (const std::string& file : files) {
    keys.push_back(store::KeyMaker::OutbreakDomains(file));
    keys.push_back(store::KeyMaker::OutbreakNetworks(file));
  }
  std::vector<store::Store::ScriptCall> calls;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    calls.push_back({store::scripts::kGuessAdd, std::span(keys).subspan(i, 1),
                     i % 2 == 0 ? by_domain : by_network});
  }
  const auto results =
      store_.RunAll(calls, std::min(deadline, std::chrono::steady_clock::now() + terms_.budget));
  std::vector<Sighting> sightings;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& domains = results[2 * i];
    const auto& networks = results[2 * i + 1];
    if (!domains) return tl::unexpected(domains.error());
    if (!networks) return tl::unexpected(networks.error());
    if (domains->size() != 2 || networks->size() != 2) {
      return base::Fail(base::ErrorKind::kInternal, "a script answered with other numbers");
    }
    sightings.push_back(ToSighting(files[i], *domains, *networks, terms_.senders));
  }
  return sightings;
}

}  // namespace gatepost::attachments
