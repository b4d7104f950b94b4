#include "milters/dmarc/arrival_lookups.h"

#include <algorithm>
#include <utility>

#include "common/mail/address.h"

namespace gatepost::dmarc {
namespace {

// Everything after the last "@", as RFC 7208 section 4.1 has it; the path without one is a local
// part alone.
std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const std::size_t at = path.rfind('@');
  if (at == std::string::npos) return {path, ""};
  return {path.substr(0, at), path.substr(at + 1)};
}

std::optional<mail::Domain> ToDomain(const std::string& text) {
  auto domain = mail::Domain::Parse(text);
  if (!domain) return std::nullopt;
  return *std::move(domain);
}

auth::DiscoveryMethod FirstMethod(Discovery discovery) {
  return discovery == Discovery::kPublicSuffixList ? auth::DiscoveryMethod::kPublicSuffixList
                                                   : auth::DiscoveryMethod::kTreeWalk;
}

int Severity(const auth::DmarcOutcome& outcome) {
  const bool failed =
      outcome.result == auth::DmarcResult::kFail || outcome.result == auth::DmarcResult::kTempError;
  return (failed ? 10 : 0) + static_cast<int>(outcome.disposition);
}

auth::DmarcIdentifiers Identifiers(const Facts& facts) {
  auth::DmarcIdentifiers identifiers;
  const auth::SpfResult spf = facts.spf.mail_from.result;
  if (spf == auth::SpfResult::kPass) identifiers.spf = facts.spf.identifier;
  if (spf == auth::SpfResult::kTempError) identifiers.undecided_spf = facts.spf.identifier;
  for (const auth::DkimSignatureResult& signature : facts.dkim) {
    const bool undecided = signature.result == auth::DkimResult::kTempError;
    if (!signature.counts_for_alignment && !undecided) continue;
    auto domain = ToDomain(signature.domain);
    if (!domain) continue;
    (undecided ? identifiers.undecided_dkim : identifiers.dkim).push_back(*std::move(domain));
  }
  return identifiers;
}

}  // namespace

ArrivalLookups::ArrivalLookups(const DmarcConfiguration& configuration, dns::Resolver& resolver)
    : configuration_(configuration), resolver_(resolver) {}

void ArrivalLookups::StartEnvelope(const milter::Connection& connection,
                                   const milter::Envelope& envelope, base::WallTime now) {
  StartSpf(connection, envelope, now);
  iprev_ = std::make_unique<IprevCheck>(connection.client, resolver_);
  helo_ = std::make_unique<HeloCheck>(connection.helo, connection.client, resolver_);
  address_lists_ = MakeListCheck();
  address_lists_->Add(connection.client);
  for (dns::Task* const task : std::initializer_list<dns::Task*>{
           mail_from_.get(), helo_spf_.get(), iprev_.get(), helo_.get(), address_lists_.get()}) {
    if (task != nullptr) tasks_.push_back(task);
  }
  Advance();
}

void ArrivalLookups::StartSpf(const milter::Connection& connection,
                              const milter::Envelope& envelope, base::WallTime now) {
  auth::SpfRequest request;
  request.client = connection.client;
  request.helo = connection.helo;
  request.receiver = configuration_.hostname;
  request.now = now;
  request.domain = connection.helo;
  helo_spf_ = std::make_unique<auth::SpfCheck>(request, auth::SpfLimits{}, resolver_);
  spf_domain_ = connection.helo;
  if (mail::IsNullPath(envelope.reverse_path)) return;
  auto [local_part, domain] = SplitPath(envelope.reverse_path);
  if (!local_part.empty()) request.local_part = std::move(local_part);
  request.domain = spf_domain_ = std::move(domain);
  mail_from_ = std::make_unique<auth::SpfCheck>(request, auth::SpfLimits{}, resolver_);
}

void ArrivalLookups::StartMessage(const mail::Author& author,
                                  std::span<const mail::Domain> signing_domains) {
  std::vector<mail::Domain> identifiers;
  if (auto domain = ToDomain(spf_domain_)) identifiers.push_back(*std::move(domain));
  identifiers.insert(identifiers.end(), signing_domains.begin(), signing_domains.end());
  domain_lists_ = MakeListCheck();
  for (const mail::Domain& domain : AuthorDomains(author)) {
    StartDmarc(domain, identifiers);
    domain_lists_->Add(domain);
  }
  for (const mail::Domain& domain : identifiers) domain_lists_->Add(domain);
  tasks_.push_back(domain_lists_.get());
  for (auth::DmarcCheck& check : dmarc_)
    std::ranges::copy(check.tasks(), std::back_inserter(tasks_));
  if (other_method_) std::ranges::copy(other_method_->tasks(), std::back_inserter(tasks_));
  Advance();
}

// Of no list where the rule is off.
std::unique_ptr<BlockListCheck> ArrivalLookups::MakeListCheck() {
  std::span<const BlockList> lists = configuration_.lists;
  if (configuration_.options.block_lists.mode == RuleMode::kOff) lists = {};
  return std::make_unique<BlockListCheck>(lists, *configuration_.list_health, resolver_);
}

void ArrivalLookups::StartDmarc(const mail::Domain& author,
                                std::span<const mail::Domain> identifiers) {
  const Discovery discovery = configuration_.options.dmarc.discovery;
  dmarc_.push_back(MakeCheck(author, FirstMethod(discovery), identifiers));
  if (discovery == Discovery::kBoth && !other_method_) {
    other_method_.emplace(MakeCheck(author, auth::DiscoveryMethod::kPublicSuffixList, identifiers));
  }
}

auth::DmarcCheck ArrivalLookups::MakeCheck(const mail::Domain& author, auth::DiscoveryMethod method,
                                           std::span<const mail::Domain> identifiers) const {
  auth::DmarcCheck check(author, method, configuration_.suffix_list(), resolver_);
  for (const mail::Domain& identifier : identifiers) check.Expect(identifier);
  return check;
}

void ArrivalLookups::Advance() {
  for (dns::Task* const task : tasks_) task->Advance();
}

void ArrivalLookups::Finish(base::Deadline deadline) {
  dns::Finish(tasks_, deadline);
  for (const auto& lists : {address_lists_.get(), domain_lists_.get()}) {
    if (lists == nullptr) continue;
    changes_.insert(changes_.end(), lists->changes().begin(), lists->changes().end());
  }
}

void ArrivalLookups::Fill(Facts& facts) const {
  facts.iprev = iprev_->outcome();
  facts.helo = helo_->outcome();
  for (const auto& lists : {address_lists_.get(), domain_lists_.get()}) {
    if (lists == nullptr) continue;
    const auto& listings = lists->listings();
    facts.listings.insert(facts.listings.end(), listings.begin(), listings.end());
  }
  facts.spf.helo = helo_spf_->outcome();
  facts.spf.mail_from = mail_from_ ? mail_from_->outcome() : facts.spf.helo;
  facts.spf.mail_from_domain = spf_domain_;
  facts.spf.identifier = ToDomain(spf_domain_);
  const auto helo = ToDomain(facts.client.helo);
  facts.helo_is_us =
      helo && std::ranges::find(configuration_.our_names, *helo) != configuration_.our_names.end();
}

void ArrivalLookups::DecideDmarc(Facts& facts) const {
  const auth::DmarcIdentifiers identifiers = Identifiers(facts);
  for (const auth::DmarcCheck& check : dmarc_) facts.dmarc.push_back(check.Decide(identifiers));
  if (other_method_) facts.dmarc_by_other_method = other_method_->Decide(identifiers);
  std::ranges::stable_sort(facts.dmarc, std::ranges::greater{}, Severity);
}

}  // namespace gatepost::dmarc
