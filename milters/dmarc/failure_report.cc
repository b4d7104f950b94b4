#include "milters/dmarc/failure_report.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "common/mail/character_class.h"
#include "common/submit/message_text.h"
#include "milters/dmarc/domain_pattern.h"
#include "milters/dmarc/reply_text.h"
#include "milters/dmarc/results.h"

namespace gatepost::dmarc {
namespace {

using auth::DkimResult;
using auth::DmarcOutcome;
using auth::DmarcResult;

constexpr std::string_view kBoundary = "=_gatepost-failure-report";
constexpr std::string_view kRedacted = "redacted";
constexpr std::size_t kMaxFields = 40;
constexpr std::size_t kMaxFieldBytes = 1'024;
constexpr std::size_t kMaxShownBytes = 900;  // of a line of 998
constexpr std::size_t kMaxTextBytes = 200;
constexpr std::size_t kMaxAddresses = 10;

// What helps to find the cause, and speaks of nobody once local parts are gone.
constexpr std::array<std::string_view, 12> kShownFields{
    "Received", "DKIM-Signature", "ARC-Seal",   "ARC-Message-Signature",
    "Date",     "Message-ID",     "List-Id",    "Mailing-List",
    "X-Mailer", "User-Agent",     "Precedence", "Auto-Submitted"};

std::string Bounded(std::string_view foreign) { return base::Printable(foreign, kMaxTextBytes); }

bool IsJudged(DmarcResult result) {
  return result == DmarcResult::kPass || result == DmarcResult::kFail;
}

// A signature that was looked at and did not verify.
bool IsBroken(const auth::DkimSignatureResult& signature) {
  return signature.result == DkimResult::kFail || signature.result == DkimResult::kPermError ||
         signature.result == DkimResult::kPolicy;
}

bool SpfFailed(const auth::SpfOutcome& spf) {
  using enum auth::SpfResult;
  return spf.result == kFail || spf.result == kSoftfail || spf.result == kPermError;
}

// fo= of RFC 9989 section 4.7.
bool AsksFor(char option, const Facts& facts, const DmarcOutcome& outcome) {
  const bool spf = outcome.spf_aligned;
  const bool dkim = outcome.dkim_aligned();
  switch (option) {
    case '0':
      return !spf && !dkim;
    case '1':
      return !spf || !dkim;
    case 'd':
      return std::ranges::any_of(facts.dkim, IsBroken);
    case 's':
      return SpfFailed(facts.spf.mail_from);
    default:
      return false;
  }
}

std::string DeliveryResult(Action action) {
  switch (action) {
    case Action::kPass:
      return "delivered";
    case Action::kTag:
      return "spam";
    case Action::kHold:
      return "policy";
    case Action::kDefer:
      return "other";
    case Action::kRefuse:
      return "reject";
  }
  return "other";
}

// The mechanisms that gave an aligned identity (RFC 9991 section 4).
// Those that authenticated no aligned identity (RFC 9991 section 4).
std::string FailedMechanisms(const DmarcOutcome& outcome) {
  if (!outcome.spf_aligned && !outcome.dkim_aligned()) return "dkim, spf";
  if (!outcome.dkim_aligned()) return "dkim";
  return outcome.spf_aligned ? "none" : "spf";
}

bool MayStandInLocalPart(char c) { return mail::IsAtext(c) || c == '.' || c == '"'; }

// Takes a local part off the end, a quoted one with its quotes.
void DropLocalPart(std::string& text) {
  if (text.ends_with('"')) {
    const std::size_t open = text.size() < 2 ? std::string::npos : text.rfind('"', text.size() - 2);
    text.resize(open == std::string::npos ? 0 : open);
  }
  while (!text.empty() && MayStandInLocalPart(text.back())) text.pop_back();
}

// Every local part before an "@" becomes one word, so that nobody is named.
std::string WithoutLocalParts(std::string_view text) {
  std::string redacted;
  for (char c : text) {
    if (c == '@') {
      DropLocalPart(redacted);
      redacted += kRedacted;
    }
    redacted += c;
  }
  return redacted;
}

std::string Redact(std::string_view foreign) {
  return WithoutLocalParts(base::Printable(foreign, kMaxFieldBytes)).substr(0, kMaxShownBytes);
}

void AddField(std::string& text, std::string_view name, std::string_view value) {
  text += std::string(name) + ": " + std::string(value) + "\r\n";
}

// Our own results, without the people in them, and folded with CRLF.
std::string RedactedResults(const std::string& authserv_id, const Facts& facts,
                            const Decision& decision) {
  std::vector<mail::MethodResult> results;
  for (mail::MethodResult& result : ToMethodResults(facts, decision)) {
    if (result.method == "x-gatepost") continue;
    for (mail::Property& property : result.properties) {
      const std::size_t at = property.value.rfind('@');
      if (at != std::string::npos) property.value.erase(0, at);
    }
    results.push_back(std::move(result));
  }
  std::string folded;
  for (char c : mail::FormatAuthenticationResults(authserv_id, results)) {
    folded += c == '\n' ? "\r\n" : mail::IsNonAscii(c) ? "?" : std::string(1, c);
  }
  return std::string(base::Trim(folded));
}

// RFC 6591 section 3.2.5; for an identifier that would have been aligned.
void AddSpfRecord(std::string& text, const Facts& facts, const DmarcOutcome& outcome) {
  const SpfFacts& spf = facts.spf;
  const bool failed = spf.mail_from.result != auth::SpfResult::kPass;
  if (!failed || !spf.identifier || spf.mail_from.record.empty()) return;
  const mail::Domain owner = outcome.organizational_domain.value_or(outcome.author_domain);
  if (!spf.identifier->IsWithin(owner)) return;
  std::string record;
  for (const char c : spf.mail_from.record) {
    if (c == '"' || c == '\\') record += '\\';
    record += c;
  }
  AddField(text, "SPF-DNS", "txt : " + spf.identifier->ascii() + " : \"" + record + "\"");
}

void AddBrokenSignature(std::string& text, const Facts& facts) {
  const auto broken = std::ranges::find_if(facts.dkim, IsBroken);
  if (broken == facts.dkim.end()) return;
  AddField(text, "DKIM-Domain", Bounded(broken->domain));
  AddField(text, "DKIM-Identity", WithoutLocalParts(Bounded(broken->identity)));
  AddField(text, "DKIM-Selector", Bounded(broken->selector));
}

std::string FeedbackPart(const FailureReportFrame& frame, const Facts& facts,
                         const Decision& decision) {
  const DmarcOutcome& outcome = facts.dmarc.front();
  std::string text;
  AddField(text, "Feedback-Type", "auth-failure");
  AddField(text, "User-Agent", "gatepost-dmarc");
  AddField(text, "Version", "1");
  AddField(text, "Original-Mail-From", "<" + Redact(facts.client.reverse_path) + ">");
  AddField(text, "Arrival-Date", submit::FormatDate(frame.now));
  AddField(text, "Source-IP", facts.client.address.Format());
  AddField(text, "Reported-Domain", outcome.author_domain.ascii());
  AddField(text, "Authentication-Results", RedactedResults(frame.authserv_id, facts, decision));
  AddField(text, "Auth-Failure", "dmarc");
  AddField(text, "Delivery-Result", DeliveryResult(decision.action));
  AddField(text, "Identity-Alignment", FailedMechanisms(outcome));
  AddBrokenSignature(text, facts);
  AddSpfRecord(text, facts, outcome);
  return text;
}

bool IsShown(const mail::HeaderField& field) {
  return std::ranges::any_of(kShownFields, [&](std::string_view name) { return field.Is(name); });
}

// One line: folds and all other white space become blanks.
std::string OneLine(std::string_view value) {
  std::string line;
  for (char c : value.substr(0, kMaxFieldBytes)) {
    const bool blank = base::IsMailSpace(c);
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : c;
  }
  return line;
}

// Folded at blanks, so that lines stay short where they can.
std::string Folded(std::string_view name, std::string_view value) {
  std::string text = std::string(name) + ":";
  std::size_t column = text.size();
  for (std::string_view word : base::Split(value, ' ')) {
    const bool fold = column + 1 + word.size() > 77;
    text += fold ? "\r\n " : " ";
    text += word;
    column = (fold ? 1 : column + 1) + word.size();
  }
  return text + "\r\n";
}

std::string ShownAuthor(const mail::Author& author) {
  std::string text;
  std::size_t shown = 0;
  for (const mail::Address& address : author.addresses) {
    if (++shown > kMaxAddresses) break;
    text += (text.empty() ? "" : ", ") + std::string(kRedacted) + "@" + address.domain.ascii();
  }
  return text;
}

std::string HeaderPart(const Facts& facts, std::span<const mail::HeaderField> fields) {
  std::string text = Folded("From", ShownAuthor(facts.author));
  std::size_t shown = 0;
  for (const mail::HeaderField& field : fields) {
    if (!IsShown(field)) continue;
    if (++shown > kMaxFields) break;
    text += Folded(base::Trim(field.name), base::Trim(Redact(OneLine(field.value))));
  }
  return text;
}

std::string PeoplePart(const Facts& facts) {
  const std::string author = facts.dmarc.front().author_domain.ascii();
  std::string text = "A message that names " + author + " as its author came from ";
  text += facts.client.address.Format() + ".\r\n";
  text += DescribeShortfall(facts, facts.dmarc.front()) + ".\r\n\r\n";
  return text +
         "This report was made by a program, because the DMARC record of the domain\r\n"
         "asks for it. Local parts of addresses were removed.\r\n";
}

std::string Part(std::string_view type, std::string_view body) {
  std::string text = "--" + std::string(kBoundary) + "\r\n";
  AddField(text, "Content-Type", type);
  return text + "\r\n" + std::string(body) + "\r\n";
}

std::string MessageHeader(const FailureReportFrame& frame, const Facts& facts) {
  std::string text;
  AddField(text, "From", "<" + frame.from + ">");
  AddField(text, "To", "<" + frame.to + ">");
  text +=
      "Subject: DMARC failure report for\r\n " + facts.dmarc.front().author_domain.ascii() + "\r\n";
  AddField(text, "Date", submit::FormatDate(frame.now));
  AddField(text, "Message-ID", "<" + frame.message_id + ">");
  AddField(text, "Auto-Submitted", "auto-generated");
  AddField(text, "MIME-Version", "1.0");
  return text + "Content-Type: multipart/report; report-type=feedback-report;\r\n boundary=\"" +
         std::string(kBoundary) + "\"\r\n\r\n";
}

}  // namespace

bool IsFailureReportDue(const ReportRules& rules, const Facts& facts) {
  if (!rules.failure_reports || facts.dmarc.size() != 1) return false;
  const DmarcOutcome& outcome = facts.dmarc.front();
  if (!outcome.record || !outcome.policy_domain || outcome.record->failure_uris.empty()) {
    return false;
  }
  // A registry is not told of its customers' mail (RFC 9991 section 2).
  if (outcome.record->public_suffix == auth::PublicSuffixFlag::kYes) return false;
  if (!IsJudged(outcome.result) || facts.client.reverse_path.empty()) return false;
  if (MatchesAny(rules.exclude, *outcome.policy_domain)) return false;
  return std::ranges::any_of(outcome.record->failure_options,
                             [&](char option) { return AsksFor(option, facts, outcome); });
}

FailureRecipients FindFailureRecipients(const Facts& facts) {
  FailureRecipients recipients;
  if (facts.dmarc.empty() || !facts.dmarc.front().record) return recipients;
  const DmarcOutcome& outcome = facts.dmarc.front();
  const mail::Domain owner = outcome.organizational_domain.value_or(outcome.author_domain);
  for (const std::string& address : outcome.record->failure_uris) {
    const auto domain = mail::Domain::Parse(address.substr(address.rfind('@') + 1));
    if (!domain) continue;
    (domain->IsWithin(owner) ? recipients.own : recipients.external).push_back(address);
  }
  return recipients;
}

std::string FormatFailureReport(const FailureReportFrame& frame, const Facts& facts,
                                const Decision& decision,
                                std::span<const mail::HeaderField> fields) {
  return MessageHeader(frame, facts) + Part("text/plain; charset=us-ascii", PeoplePart(facts)) +
         Part("message/feedback-report", FeedbackPart(frame, facts, decision)) +
         Part("text/rfc822-headers", HeaderPart(facts, fields)) + "--" + std::string(kBoundary) +
         "--\r\n";
}

}  // namespace gatepost::dmarc
