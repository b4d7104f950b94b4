#include "milters/dmarc/reply_text.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::SpfResult;

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxExplanationBytes = 200;
constexpr std::size_t kMaxListings = 3;

std::string Bounded(std::string_view foreign) { return base::Printable(foreign, kMaxNameBytes); }

std::string DescribeSpf(const SpfFacts& spf, const auth::DmarcOutcome& outcome) {
  if (outcome.spf_aligned) return "SPF pass";
  if (spf.mail_from_domain.empty()) return "no domain for SPF";
  const std::string domain = Bounded(spf.mail_from_domain);
  if (spf.mail_from.result == SpfResult::kPass) {
    return "SPF pass for " + domain + ", which is not aligned";
  }
  if (spf.mail_from.result == SpfResult::kNone) return "no SPF record for " + domain;
  return "SPF " + std::string(auth::Name(spf.mail_from.result)) + " for " + domain;
}

// The signature that tells most: one that passes, else one of the author's domain, else the first.
const auth::DkimSignatureResult& MostTelling(const std::vector<auth::DkimSignatureResult>& dkim,
                                             const auth::DmarcOutcome& outcome) {
  const auto passing = std::ranges::find_if(
      dkim, [](const auto& signature) { return signature.result == DkimResult::kPass; });
  if (passing != dkim.end()) return *passing;
  const auto own = std::ranges::find_if(dkim, [&](const auto& signature) {
    return base::EqualsIgnoreCase(signature.domain, outcome.author_domain.ascii());
  });
  return own != dkim.end() ? *own : dkim.front();
}

std::string DescribeDkim(const std::vector<auth::DkimSignatureResult>& dkim,
                         const auth::DmarcOutcome& outcome) {
  if (dkim.empty()) return "no DKIM signature";
  const auth::DkimSignatureResult& signature = MostTelling(dkim, outcome);
  const std::string domain = signature.domain.empty() ? "" : " for " + Bounded(signature.domain);
  if (signature.result == DkimResult::kPass) {
    const bool partial = !signature.counts_for_alignment;
    return "DKIM pass" + domain +
           (partial ? ", which covers part of the message" : ", which is not aligned");
  }
  const std::string why = signature.reason.empty() ? "" : " (" + Bounded(signature.reason) + ")";
  return "DKIM " + std::string(auth::Name(signature.result)) + domain + why;
}

bool SpfFailed(SpfResult result) {
  return result == SpfResult::kFail || result == SpfResult::kSoftfail ||
         result == SpfResult::kPermError;
}

bool DkimFailed(const std::vector<auth::DkimSignatureResult>& dkim) {
  return !dkim.empty() && std::ranges::none_of(dkim, [](const auto& signature) {
    return signature.result == DkimResult::kPass;
  });
}

// A zone without a public name may hold a key, which is nobody else's to know.
std::string Where(const Listing& listing) {
  return listing.has_public_name ? " is listed at " + Bounded(listing.zone) : " is on a block list";
}

}  // namespace

milter::Reply ToReply(Action action, ReplyText text) {
  if (action != Action::kRefuse && action != Action::kDefer) return {};
  const bool refuse = action == Action::kRefuse;
  const std::string enhanced = (refuse ? "5." : "4.") + std::string(text.detail);
  return {refuse ? 550 : 451, enhanced, std::move(text.lines)};
}

std::string DescribeShortfall(const Facts& facts, const auth::DmarcOutcome& outcome) {
  return DescribeSpf(facts.spf, outcome) + "; " + DescribeDkim(facts.dkim, outcome);
}

ReplyText DmarcFailText(const Facts& facts, const auth::DmarcOutcome& outcome) {
  // RFC 7372 section 3.4: more than one check failed, not only alignment.
  const bool both = SpfFailed(facts.spf.mail_from.result) && DkimFailed(facts.dkim);
  std::string first = "Mail from " + outcome.author_domain.ascii() + " must pass DMARC";
  if (outcome.policy_domain) {
    first += " (policy of " + outcome.policy_domain->ascii() + ": " +
             std::string(auth::Name(outcome.published)) + ")";
  }
  return {both ? "7.26" : "7.1", {std::move(first), DescribeShortfall(facts, outcome)}};
}

ReplyText DmarcTempErrorText(const auth::DmarcOutcome& outcome) {
  return {"7.0",
          {"DMARC for " + outcome.author_domain.ascii() +
           " cannot be checked now, because a DNS look-up failed; please try again later"}};
}

ReplyText HiddenPathText(const Facts& facts) {
  const std::string from =
      facts.dmarc.empty() ? "" : "from " + facts.dmarc.front().author_domain.ascii() + " ";
  return {"7.0",
          {"Whether mail " + from +
           "may come this way cannot be checked now, because a DNS look-up failed; please try "
           "again later"}};
}

ReplyText SpfFailText(const ClientFacts& client, std::string_view domain) {
  return {"7.23",  // RFC 7372 section 3.2
          {"SPF: " + client.address.Format() + " may not send mail for " + Bounded(domain)}};
}

std::string QuoteExplanation(const auth::SpfOutcome& spf, std::string_view domain) {
  return "The owner of " + Bounded(domain) + " says: \"" +
         base::Printable(spf.explanation, kMaxExplanationBytes) + "\"";
}

ReplyText ListingText(const std::vector<Listing>& listings) {
  ReplyText text;
  for (const Listing& listing : listings) {
    if (listing.weight <= 0) continue;
    if (text.lines.size() == kMaxListings) break;
    text.lines.push_back(Bounded(listing.subject) + Where(listing));
  }
  return text;
}

}  // namespace gatepost::dmarc
