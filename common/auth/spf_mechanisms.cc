// The look-ups of a, mx, ptr, exists and %{p} (RFC 7208 sections 5.3 to 5.7 and 7.3).
#include <algorithm>
#include <iterator>

#include "common/auth/spf_evaluation.h"
#include "common/base/strings.h"

namespace gatepost::auth {
namespace {

using dns::RecordType;

bool IsVoid(const dns::Answer& answer) {
  return answer.status == dns::Status::kNoData || answer.status == dns::Status::kNxDomain;
}

bool IsBelow(std::string_view name, std::string_view target) {
  return name.size() > target.size() && name[name.size() - target.size() - 1] == '.' &&
         base::EqualsIgnoreCase(name.substr(name.size() - target.size()), target);
}

bool IsWithin(std::string_view name, std::string_view target) {
  return base::EqualsIgnoreCase(name, target) || IsBelow(name, target);
}

}  // namespace

std::string SpfReverseName(const base::IpAddress& client) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  const bool v4 = client.is_v4();
  std::string name;
  for (std::size_t i = client.bits() / 8; i-- > 0;) {
    const unsigned byte = client.bytes()[i];
    if (v4) {
      name += std::to_string(byte) + '.';
    } else {
      name += {kHexDigits[byte & 0xfU], '.', kHexDigits[byte >> 4U], '.'};
    }
  }
  return name + (v4 ? "in-addr.arpa" : "ip6.arpa");
}

std::vector<std::string> SpfMxHosts(const dns::Answer& answer) {
  std::vector<const dns::Record*> sorted;
  for (const dns::Record& record : answer.records) {
    if (IsDnsName(record.text)) sorted.push_back(&record);
  }
  std::ranges::stable_sort(sorted, {}, &dns::Record::preference);
  std::vector<std::string> hosts;
  for (const dns::Record* const record : sorted) hosts.push_back(record->text);
  return hosts;
}

RecordType SpfEvaluation::AddressType() const {
  return request_.client.is_v4() ? RecordType::kA : RecordType::kAaaa;
}

// Together: a mechanism of several hosts costs the time of one.
void SpfEvaluation::PrefetchAddresses(const std::vector<std::string>& hosts) {
  const std::size_t count = std::min<std::size_t>(hosts.size(), limits_.max_names);
  for (std::size_t i = 0; i < count; ++i) questions_.Prefetch(hosts[i], AddressType());
}

std::optional<SpfMatch> SpfEvaluation::MatchMechanism(SpfLookup& lookup) {
  if (!IsDnsName(*lookup.name)) return SpfMatch::kNo;  // section 4.8: as if it did not exist
  if (lookup.term->kind == SpfTermKind::kMx) return MatchMx(lookup);
  if (lookup.term->kind == SpfTermKind::kPtr) return MatchPtr(lookup);
  return MatchAddresses(lookup);
}

std::optional<SpfMatch> SpfEvaluation::MatchAddresses(SpfLookup& lookup) {
  const bool exists = lookup.term->kind == SpfTermKind::kExists;  // asks for A of IPv6 clients too
  SpfFacts facts;
  facts.addresses = Find(*lookup.name, exists ? RecordType::kA : AddressType());
  if (!facts.addresses) return std::nullopt;
  lookup.is_void = IsVoid(*facts.addresses);
  return MatchWithLibspf2(*lookup.term, request_.client, facts, limits_.max_names);
}

std::optional<SpfMatch> SpfEvaluation::MatchMx(SpfLookup& lookup) {
  const dns::AnswerPtr answer = Find(*lookup.name, RecordType::kMx);
  if (!answer) return std::nullopt;
  if (dns::IsTransient(answer->status)) return SpfMatch::kTempError;
  lookup.is_void = IsVoid(*answer);
  const std::vector<std::string> names = SpfMxHosts(*answer);
  PrefetchAddresses(names);
  SpfFacts facts;
  bool all_void = !names.empty();
  for (const std::string& name : names) {
    SpfFacts::Host host;
    // One host more than may be looked at tells libspf2 that there are too many.
    const bool over = facts.hosts.size() == limits_.max_names;
    if (!over) host.addresses = Find(name, AddressType());
    if (waiting_) break;
    all_void = all_void && !over && IsVoid(*host.addresses);
    facts.hosts.push_back(std::move(host));
    if (over) break;
  }
  lookup.is_void = lookup.is_void || all_void;
  return MatchHosts(lookup, facts);
}

// A host that failed, or whose name is foreign to the target, is passed over, and a failure to find
// the names is no match (section 5.5).
std::optional<SpfMatch> SpfEvaluation::MatchPtr(SpfLookup& lookup) {
  const dns::AnswerPtr answer = Find(SpfReverseName(request_.client), RecordType::kPtr);
  if (!answer) return std::nullopt;
  lookup.is_void = IsVoid(*answer);
  std::vector<std::string> within;
  std::ranges::copy_if(ClientNames(*answer), std::back_inserter(within),
                       [&lookup](const std::string& name) { return IsWithin(name, *lookup.name); });
  PrefetchAddresses(within);
  SpfFacts facts;
  for (const std::string& name : within) {
    SpfFacts::Host host{true, Find(name, AddressType())};
    if (waiting_) break;
    if (dns::IsTransient(host.addresses->status)) host.addresses = nullptr;
    facts.hosts.push_back(std::move(host));
  }
  return MatchHosts(lookup, facts);
}

// The hosts before the first one that is missing may settle it.
std::optional<SpfMatch> SpfEvaluation::MatchHosts(SpfLookup& lookup, const SpfFacts& facts) {
  const SpfMatch match = MatchWithLibspf2(*lookup.term, request_.client, facts, limits_.max_names);
  if (match == SpfMatch::kNo && waiting_) return std::nullopt;
  waiting_ = false;
  return match;
}

// The names that the client's address points at; beyond the limit they are ignored (section 4.6.4).
std::vector<std::string> SpfEvaluation::ClientNames(const dns::Answer& pointers) const {
  std::vector<std::string> names;
  for (const dns::Record& record : pointers.records) {
    if (names.size() == limits_.max_names) break;
    if (IsDnsName(record.text)) names.push_back(record.text);
  }
  return names;
}

bool SpfEvaluation::HasClient(const dns::Answer& addresses) const {
  return std::ranges::any_of(addresses.records, [this](const dns::Record& record) {
    return record.address == request_.client;
  });
}

// %{p}: the domain itself before names below it before any other; "unknown" where none leads back
// to the client (section 7.3).
std::optional<std::string> SpfEvaluation::ValidatedName(const std::string& domain) {
  const dns::AnswerPtr answer = Find(SpfReverseName(request_.client), RecordType::kPtr);
  if (!answer) return std::nullopt;
  const std::vector<std::string> names = ClientNames(*answer);
  PrefetchAddresses(names);
  std::string best = "unknown";
  int best_rank = 0;
  for (const std::string& name : names) {
    const dns::AnswerPtr addresses = Find(name, AddressType());
    if (!addresses) return std::nullopt;
    const int rank = base::EqualsIgnoreCase(name, domain) ? 3 : IsBelow(name, domain) ? 2 : 1;
    if (rank <= best_rank || !HasClient(*addresses)) continue;
    best = name;
    best_rank = rank;
  }
  return best;
}

}  // namespace gatepost::auth
