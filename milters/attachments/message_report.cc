#include "milters/attachments/message_report.h"

#include <utility>

#include "common/log/log.h"
#include "common/milter/message_record.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostNamed = 5;  // recipients in a record

std::string ForWhom(const RuleHit& hit) {
  if (hit.recipients.empty()) return "";
  std::string text = " for ";
  for (std::size_t i = 0; i < hit.recipients.size() && i < kMostNamed; ++i) {
    if (i > 0) text += ", ";
    text += hit.recipients[i];
  }
  const std::size_t more = hit.recipients.size() - std::min(kMostNamed, hit.recipients.size());
  return more == 0 ? text : text + " and " + std::to_string(more) + " more";
}

journal::RuleOutcome ToRuleOutcome(const RuleHit& hit) {
  const std::string where = hit.path.empty() ? "the message" : hit.path;
  return {hit.rule, std::string(Name(hit.action)), where + ": " + hit.evidence + ForWhom(hit),
          hit.shadow};
}

void Count(const MessageReport& report, journal::Journal& journal) {
  journal.Count(std::string("attachments.verdict.") += report.verdict);
  if (!report.trouble.empty()) journal.Count("attachments.trouble");
  for (const RuleHit& hit : report.outcome.hits) {
    journal.Count((hit.shadow ? "attachments.shadow." : "attachments.rule.") + hit.rule);
  }
}

void Log(const MessageReport& report, const MessageContext& context) {
  log::Line line(log::Level::kInfo, "judged");
  milter::Describe(context.connection, context.envelope, line);
  line.With("verdict", report.verdict).With("items", static_cast<std::int64_t>(report.items));
  if (!report.outcome.hits.empty()) {
    const RuleHit& hit = report.outcome.hits.front();
    line.With("rule", hit.rule).With("item", hit.path).With("evidence", hit.evidence);
    if (hit.shadow) line.With("shadow", "yes");
  }
  if (!report.trouble.empty()) line.With("trouble", report.trouble);
}

}  // namespace

void Send(const MessageReport& report, const MessageContext& context) {
  journal::DecisionRecord record =
      milter::BeginRecord(context.connection, context.envelope, std::string(report.verdict));
  record.reply = report.reply;
  record.spent = report.spent;
  record.recipients = static_cast<std::int64_t>(report.recipients);
  for (const RuleHit& hit : report.outcome.hits) record.rules.push_back(ToRuleOutcome(hit));
  if (report.outcome.more_hits > 0) {
    record.rules.push_back({"more", "", std::to_string(report.outcome.more_hits) + " left out"});
  }
  if (report.breaks_signature) {
    record.rules.push_back(
        {"signature", "broken", "the sender's DKIM or ARC does not fit any more"});
  }
  if (!report.trouble.empty()) record.rules.push_back({"trouble", "", report.trouble});
  Count(report, context.site.journal);
  Log(report, context);
  context.site.journal.Record(std::move(record));
}

std::string OneLine(const milter::Reply& reply) {
  std::string text = std::to_string(reply.code) + " " + reply.enhanced;
  for (const std::string& line : reply.lines) text.append(" ").append(line);
  return text;
}

}  // namespace gatepost::attachments
