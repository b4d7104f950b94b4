#include "milters/dkim/signing_policy.h"

#include <algorithm>

namespace gatepost::dkim {
namespace {

using Kind = SigningDecision::Kind;

SigningDecision NotSigned(Kind kind, std::string rule, std::string reason, std::string reply) {
  SigningDecision decision;
  decision.kind = kind;
  decision.rule = std::move(rule);
  decision.reason = std::move(reason);
  if (kind == Kind::kRefuse) decision.reply = std::move(reply);
  return decision;
}

SigningDecision Sign(std::vector<KeyRow> keys, std::string rule, std::string reason) {
  SigningDecision decision;
  decision.kind = Kind::kSign;
  decision.keys = std::move(keys);
  decision.rule = std::move(rule);
  decision.reason = std::move(reason);
  return decision;
}

Kind KindOf(Unsigned action) { return action == Unsigned::kRefuse ? Kind::kRefuse : Kind::kPass; }

SigningDecision BadAuthor(const SigningRules& rules, const std::string& problem) {
  return NotSigned(KindOf(rules.bad_author), "bad_author", problem,
                   "The message needs exactly one From field with a valid address in one domain");
}

SigningDecision UnlistedSender(const SigningRules& rules, const mail::Domain& domain) {
  return NotSigned(KindOf(rules.unlisted_sender), "unlisted_sender",
                   "the user may not sign for " + domain.ascii(),
                   "Your account may not send mail from addresses in " + domain.ascii());
}

SigningDecision NoKey(const SigningRules& rules, const KeyTable& keys, const SenderFacts& facts) {
  const mail::Domain& domain = *facts.author_domain;
  const std::string reason = "no key for " + domain.ascii();
  if (rules.unknown_domain == UnknownDomain::kDefaultDomain) {
    if (const auto fallback = mail::Domain::Parse(rules.default_domain)) {
      auto found = keys.Find(*fallback, facts.stream);
      if (!found.empty()) return Sign(std::move(found), "unknown_domain", reason);
    }
  }
  const bool refuse = rules.unknown_domain == UnknownDomain::kRefuse;
  return NotSigned(refuse ? Kind::kRefuse : Kind::kPass, "unknown_domain", reason,
                   "This server does not send mail from addresses in " + domain.ascii());
}

}  // namespace

SigningDecision DecideSigning(const SigningRules& rules, const KeyTable& keys,
                              const SenderTable* senders, const SenderFacts& facts) {
  if (!facts.author_domain) return BadAuthor(rules, facts.author_problem);
  const bool restricted = senders != nullptr && !facts.sasl_user.empty();
  const auto may_sign_for = [&](const mail::Domain& domain) {
    return !restricted || senders->MaySignFor(facts.sasl_user, domain);
  };
  if (!may_sign_for(*facts.author_domain)) return UnlistedSender(rules, *facts.author_domain);

  auto found = keys.Find(*facts.author_domain, facts.stream);
  if (!found.empty()) return Sign(std::move(found), "author_domain", "");
  if (rules.envelope_fallback && facts.envelope_domain && may_sign_for(*facts.envelope_domain)) {
    found = keys.Find(*facts.envelope_domain, facts.stream);
    if (!found.empty()) return Sign(std::move(found), "envelope_fallback", "");
  }
  return NoKey(rules, keys, facts);
}

}  // namespace gatepost::dkim
