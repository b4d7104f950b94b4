#include "milters/dmarc/override_policy.h"

#include <algorithm>
#include <optional>

#include "common/base/strings.h"
#include "milters/dmarc/domain_pattern.h"
#include "milters/dmarc/sealed_results.h"
#include "milters/dmarc/trusted_list.h"

namespace gatepost::dmarc {
namespace {

constexpr std::size_t kMaxSetsInComment = 5;
constexpr std::size_t kMaxNameBytes = 128;

// Which identities of a message are asked for: those that are proved, or those of which a temporary
// error hides whether they are.
enum class Standing { kProved, kHidden };

bool Has(const auth::DkimSignatureResult& signature, Standing standing) {
  if (standing == Standing::kHidden) return signature.result == auth::DkimResult::kTempError;
  return signature.result == auth::DkimResult::kPass && signature.counts_for_alignment;
}

std::vector<mail::Domain> SigningDomains(const Facts& facts, Standing standing) {
  std::vector<mail::Domain> domains;
  for (const auth::DkimSignatureResult& signature : facts.dkim) {
    if (!Has(signature, standing)) continue;
    if (auto domain = mail::Domain::Parse(signature.domain)) domains.push_back(std::move(*domain));
  }
  return domains;
}

// Of SPF for MAIL FROM and of signatures; HELO is nobody's name for a message.
std::vector<mail::Domain> SendingDomains(const Facts& facts, Standing standing) {
  std::vector<mail::Domain> domains = SigningDomains(facts, standing);
  const auto wanted =
      standing == Standing::kProved ? auth::SpfResult::kPass : auth::SpfResult::kTempError;
  const bool null_sender = facts.client.reverse_path.empty();  // what was checked is HELO
  if (!null_sender && facts.spf.identifier && facts.spf.mail_from.result == wanted) {
    domains.push_back(*facts.spf.identifier);
  }
  return domains;
}

// What proves the forwarder, in words; nothing where he is none of ours.
std::optional<std::string> ForwarderProof(const Forwarders& rules, const Facts& facts) {
  if (base::AnyContains(rules.networks, facts.client.address)) return "known client address";
  for (const mail::Domain& name : facts.iprev.confirmed) {
    if (MatchesAny(rules.names, name)) return "client " + name.ascii();
  }
  for (const mail::Domain& domain : SigningDomains(facts, Standing::kProved)) {
    if (MatchesAny(rules.domains, domain)) return "signed by " + domain.ascii();
  }
  return std::nullopt;
}

// The domain that speaks for a trusted list of the message's List-Id.
std::optional<mail::Domain> ListSender(const MailingLists& rules, const Facts& facts,
                                       Standing standing) {
  const auto list_id = mail::Domain::Parse(facts.list_id);
  if (!list_id) return std::nullopt;
  const auto senders = SendingDomains(facts, standing);
  for (const std::string& row : rules.trusted) {
    const auto list = TrustedList::Parse(row);
    if (!list || !list->IsFor(*list_id)) continue;
    for (const mail::Domain& sender : senders) {
      if (list->IsSentBy(sender)) return sender;
    }
  }
  return std::nullopt;
}

bool IsTrustedSealer(const ArcRules& rules, const auth::ArcSet& set) {
  const auto sealer = mail::Domain::Parse(set.sealer);
  return sealer && MatchesAny(rules.trusted_sealers, *sealer);
}

// The oldest set to which trusted sealers reach without a gap from the newest down: the first of
// them to have seen the message. What stands in sets below it, anybody may have written.
const auth::ArcSet* FirstTrustedSet(const ArcRules& rules, const auth::ArcOutcome& chain) {
  const auth::ArcSet* first = nullptr;
  for (auto set = chain.sets.rbegin(); set != chain.sets.rend(); ++set) {
    if (!IsTrustedSealer(rules, *set)) break;
    first = &*set;
  }
  return first;
}

bool IsEvidence(const ArcRules& rules, const auth::ArcSet& set, const Facts& facts) {
  if (rules.evidence == SealedEvidence::kNothing) return true;
  if (!facts.author.domain) return false;
  return SaysDmarcPass(ParseSealedResults(set.results), *facts.author.domain);
}

// As RFC 8617 section 7.2.2 has it, newest set first.
std::string DescribeChain(const auth::ArcOutcome& chain) {
  std::string text = "arc=pass";
  std::size_t described = 0;
  for (auto set = chain.sets.rbegin(); set != chain.sets.rend(); ++set) {
    if (++described > kMaxSetsInComment) return text + " ...";
    const std::string index = " as[" + std::to_string(set->instance) + "].";
    text += index + "d=" + base::Printable(set->sealer, kMaxNameBytes);
    text += index + "s=" + base::Printable(set->selector, kMaxNameBytes);
  }
  const auto oldest = ParseSealedResults(chain.sets.front().results);
  if (const auto ip = base::IpAddress::Parse(RemoteIpOf(oldest))) {
    text += " remote-ip[1]=" + ip->Format();
  }
  return text;
}

std::optional<std::string> SealProof(const ArcRules& rules, const Facts& facts) {
  if (facts.arc.result != auth::ArcResult::kPass) return std::nullopt;
  const auth::ArcSet* const set = FirstTrustedSet(rules, facts.arc);
  if (set == nullptr || !IsEvidence(rules, *set, facts)) return std::nullopt;
  return DescribeChain(facts.arc);
}

bool MayBeNamed(const Forwarders& rules, const IprevOutcome& iprev) {
  if (rules.names.empty() || iprev.result != IprevResult::kTempError) return false;
  return iprev.claimed.empty() || std::ranges::any_of(iprev.claimed, [&](const auto& name) {
           return MatchesAny(rules.names, name);
         });
}

bool MayBeForwarder(const Forwarders& rules, const Facts& facts) {
  const auto signers = SigningDomains(facts, Standing::kHidden);
  return MayBeNamed(rules, facts.iprev) || std::ranges::any_of(signers, [&](const auto& domain) {
           return MatchesAny(rules.domains, domain);
         });
}

bool MayBeSealed(const ArcRules& rules, const Facts& facts) {
  if (!facts.arc.temporary || rules.trusted_sealers.empty()) return false;
  if (facts.arc.sets.empty()) return true;
  const auth::ArcSet* const set = FirstTrustedSet(rules, facts.arc);
  return set != nullptr && IsEvidence(rules, *set, facts);
}

}  // namespace

std::string ExemptionOf(const Exemptions& exemptions, const ClientFacts& client) {
  if (exemptions.authenticated && client.authenticated) return "authenticated client";
  if (exemptions.local && client.local) return "local client";
  if (base::AnyContains(exemptions.networks, client.address)) return "local network";
  return "";
}

std::vector<Acquittal> FindAcquittals(const DmarcOptions& o, const Facts& facts) {
  std::vector<Acquittal> found;
  if (o.forwarders.mode != RuleMode::kOff) {
    if (const auto proof = ForwarderProof(o.forwarders, facts)) {
      found.push_back({"forwarders", o.forwarders.mode, {"trusted_forwarder", *proof}});
    }
  }
  if (o.lists.mode != RuleMode::kOff) {
    if (const auto sender = ListSender(o.lists, facts, Standing::kProved)) {
      const std::string id = base::Printable(facts.list_id, kMaxNameBytes);
      found.push_back({"lists", o.lists.mode, {"mailing_list", id + " by " + sender->ascii()}});
    }
  }
  if (o.arc.mode != RuleMode::kOff) {
    if (const auto proof = SealProof(o.arc, facts)) {
      found.push_back({"arc", o.arc.mode, {"local_policy", *proof}});
    }
  }
  return found;
}

std::string_view FindHiddenAcquittal(const DmarcOptions& o, const Facts& facts) {
  using enum RuleMode;
  if (o.forwarders.mode == kEnforce && MayBeForwarder(o.forwarders, facts)) return "forwarders";
  if (o.lists.mode == kEnforce && ListSender(o.lists, facts, Standing::kHidden)) return "lists";
  if (o.arc.mode == kEnforce && MayBeSealed(o.arc, facts)) return "arc";
  return "";
}

bool AnyEnforced(const std::vector<Acquittal>& acquittals) {
  return std::ranges::any_of(acquittals,
                             [](const Acquittal& a) { return a.mode == RuleMode::kEnforce; });
}

}  // namespace gatepost::dmarc
