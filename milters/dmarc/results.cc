#include "milters/dmarc/results.h"

#include <algorithm>

#include "common/auth/dkim_results.h"
#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::dmarc {
namespace {

using mail::MethodResult;
using mail::Property;

constexpr std::size_t kMaxSealersInComment = 5;
constexpr std::size_t kMaxValueBytes = 320;
constexpr std::size_t kMaxColumns = 77;

bool HasClient(const Facts& facts) {
  return facts.client.address.family() != base::IpAddress::Family::kNone;
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// A-labels, because the field must be ASCII (RFC 8601 section 2.2); what is no domain stays.
std::string ToAscii(std::string_view domain) {
  const auto parsed = mail::Domain::Parse(domain);
  return parsed ? parsed->ascii() : base::Printable(domain);
}

// The same for an address; a local part beyond ASCII is left out.
std::string AddressToAscii(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return base::Printable(address);
  const std::string_view local = address.substr(0, at);
  return std::string(IsAscii(local) ? local : "") + "@" + ToAscii(address.substr(at + 1));
}

// MAIL FROM as it was checked: for the null sender postmaster at HELO (RFC 7208 section 2.4).
std::string MailFrom(const Facts& facts) {
  if (!facts.client.reverse_path.empty()) return AddressToAscii(facts.client.reverse_path);
  return "postmaster@" + ToAscii(facts.spf.mail_from_domain);
}

MethodResult ToIprev(const Facts& facts) {
  return {"iprev",
          std::string(Name(facts.iprev.result)),
          "",
          facts.iprev.confirmed.empty() ? "" : facts.iprev.confirmed.front().ascii(),
          {{"policy", "iprev", facts.client.address.Format()}}};
}

MethodResult ToSpf(const auth::SpfOutcome& spf, Property identity) {
  return {"spf",
          std::string(auth::Name(spf.result)),
          base::Printable(spf.reason),
          "",
          {std::move(identity)}};
}

std::string DescribeSealers(const auth::ArcOutcome& arc) {
  std::string text;
  std::size_t described = 0;
  for (auto set = arc.sets.rbegin(); set != arc.sets.rend(); ++set) {
    if (++described > kMaxSealersInComment) return text + " ...";
    text += (text.empty() ? "i=" : ", i=") + std::to_string(set->instance);
    text += " by " + ToAscii(set->sealer);
  }
  return text;
}

MethodResult ToArc(const Facts& facts) {
  const auth::ArcOutcome& arc = facts.arc;
  MethodResult result{"arc", std::string(auth::Name(arc.result)), "", "", {}};
  // For those who read the chain that this host may become part of (RFC 8617 section 4.1).
  if (HasClient(facts)) {
    result.properties.push_back({"smtp", "remote-ip", facts.client.address.Format()});
  }
  if (arc.result == auth::ArcResult::kNone) return result;
  result.reason = arc.reason;
  result.comment = DescribeSealers(arc);
  return result;
}

// "p=reject dis=none override=mailing_list": the tag that applies, what was done, and why not more.
std::string DescribePolicy(const auth::DmarcOutcome& outcome, auth::DmarcPolicy applied,
                           const Decision& decision) {
  if (outcome.policy_tag.empty()) return "";
  std::string text = outcome.policy_tag + "=" + std::string(auth::Name(outcome.published)) +
                     " dis=" + std::string(auth::Name(applied));
  if (outcome.result != auth::DmarcResult::kFail) return text;
  for (const Override& reason : decision.overrides) text += " override=" + reason.type;
  return text;
}

MethodResult ToDmarc(const auth::DmarcOutcome& outcome, const Decision& decision) {
  // Of several authors each has his own result; nothing is done to the mail for those that pass.
  const auth::DmarcPolicy applied =
      outcome.result == auth::DmarcResult::kPass ? auth::DmarcPolicy::kNone : decision.applied;
  MethodResult result{"dmarc",
                      std::string(auth::Name(outcome.result)),
                      outcome.reason,
                      DescribePolicy(outcome, applied, decision),
                      {{"header", "from", outcome.author_domain.ascii()}}};
  if (outcome.result == auth::DmarcResult::kPass) result.reason = "";
  if (!outcome.record) return result;
  result.properties.push_back({"policy", "dmarc", std::string(auth::Name(applied))});
  result.properties.push_back({"polrec", "p", std::string(auth::Name(outcome.record->policy))});
  if (outcome.policy_domain && *outcome.policy_domain != outcome.author_domain) {
    result.properties.push_back({"polrec", "domain", outcome.policy_domain->ascii()});
  }
  return result;
}

// RFC 9989 section 9.3: none also where there is no identifier to be found.
MethodResult WithoutAuthor(const Facts& facts) {
  return {"dmarc", "none", "no author domain", std::string(mail::Name(facts.author.problem)), {}};
}

// What this program thinks of the message, for filters behind it.
MethodResult ToOwn(const Decision& decision) {
  MethodResult result{"x-gatepost", std::string(Name(decision.action)), "", "", {}};
  if (const std::string tags = FormatTags(decision); !tags.empty()) {
    result.properties.push_back({"policy", "tag", tags});
  }
  result.properties.push_back({"policy", "trust", std::to_string(decision.trust.score)});
  return result;
}

// Received-SPF is folded between its pairs.
class FoldedPairs {
 public:
  explicit FoldedPairs(std::string first) : text_(std::move(first)), column_(text_.size() + 13) {}

  void Add(const std::string& word) {
    const bool fold = column_ + 1 + word.size() > kMaxColumns;
    text_ += (fold ? "\n\t" : " ") + word;
    column_ = (fold ? 8 : column_ + 1) + word.size();
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t column_;  // behind "Received-SPF:"
};

// dot-atom of RFC 5322 without quotes, all else as a quoted string (RFC 7208 section 9.1).
std::string DotAtomOrQuoted(std::string_view value) {
  const std::string clean = base::Printable(value, kMaxValueBytes);
  if (mail::IsDotAtom(clean)) return clean;
  std::string quoted = "\"";
  for (char c : clean) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// Without what would end or nest a comment.
std::string InComment(std::string_view text) {
  std::string clean = base::Printable(text, kMaxValueBytes);
  std::ranges::replace_if(
      clean, [](char c) { return c == '(' || c == ')' || c == '\\'; }, '\'');
  return clean;
}

std::string ExplainSpf(const Facts& facts, const std::string& domain) {
  using enum auth::SpfResult;
  const std::string client = facts.client.address.Format();
  switch (facts.spf.mail_from.result) {
    case kPass:
      return domain + " lets " + client + " send";
    case kFail:
      return domain + " does not let " + client + " send";
    case kSoftfail:
      return domain + " probably does not let " + client + " send";
    case kNeutral:
      return domain + " says nothing about " + client;
    case kNone:
      return domain + " has no SPF record";
    case kTempError:
      return "look-up for " + domain + " failed for now";
    case kPermError:
      return "record of " + domain + " cannot be used";
  }
  return "";
}

}  // namespace

std::vector<MethodResult> ToMethodResults(const Facts& facts, const Decision& decision) {
  std::vector<MethodResult> results;
  if (HasClient(facts)) {
    results.push_back(ToIprev(facts));
    results.push_back(ToSpf(facts.spf.mail_from, {"smtp", "mailfrom", MailFrom(facts)}));
    results.push_back(ToSpf(facts.spf.helo, {"smtp", "helo", ToAscii(facts.client.helo)}));
  }
  for (MethodResult& dkim : auth::ToMethodResults(facts.dkim)) results.push_back(std::move(dkim));
  results.push_back(ToArc(facts));
  for (const auth::DmarcOutcome& outcome : facts.dmarc) {
    results.push_back(ToDmarc(outcome, decision));
  }
  if (facts.dmarc.empty()) results.push_back(WithoutAuthor(facts));
  results.push_back(ToOwn(decision));
  return results;
}

std::string FormatReceivedSpf(const Facts& facts, std::string_view receiver) {
  const auth::SpfOutcome& spf = facts.spf.mail_from;
  const std::string domain = ToAscii(facts.spf.mail_from_domain);
  FoldedPairs out(" " + std::string(auth::Name(spf.result)));
  out.Add("(" + InComment(std::string(receiver) + ": " + ExplainSpf(facts, domain)) + ")");
  std::vector<std::string> pairs{
      "receiver=" + DotAtomOrQuoted(receiver),
      "client-ip=" + DotAtomOrQuoted(facts.client.address.Format()),
      "helo=" + DotAtomOrQuoted(ToAscii(facts.client.helo)),
      "envelope-from=" + DotAtomOrQuoted(MailFrom(facts)),
      "identity=mailfrom",
  };
  if (!spf.mechanism.empty()) pairs.push_back("mechanism=" + DotAtomOrQuoted(spf.mechanism));
  if (!spf.reason.empty()) pairs.push_back("problem=" + DotAtomOrQuoted(spf.reason));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    out.Add(pairs[i] + (i + 1 < pairs.size() ? ";" : ""));
  }
  return out.Take();
}

}  // namespace gatepost::dmarc
