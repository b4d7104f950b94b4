#include "milters/dmarc/arrival_report.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/auth/dkim_results.h"
#include "common/log/log.h"
#include "common/milter/message_record.h"
#include "common/report/failure_queue.h"
#include "common/store/keys.h"
#include "milters/dmarc/aggregate_row.h"
#include "milters/dmarc/failure_report.h"

namespace gatepost::dmarc {
namespace {

// A later program asks while it handles the same message.
constexpr std::chrono::minutes kFactLife{15};

std::string_view DmarcName(const Facts& facts) {
  return Name(facts.dmarc.empty() ? auth::DmarcResult::kNone : facts.dmarc.front().result);
}

std::string SpfEvidence(const SpfFacts& spf) {
  std::string text = "mailfrom=" + std::string(Name(spf.mail_from.result)) +
                     " helo=" + std::string(Name(spf.helo.result));
  if (!spf.mail_from.mechanism.empty()) text += " mechanism=" + spf.mail_from.mechanism;
  if (!spf.mail_from.reason.empty()) text += " (" + spf.mail_from.reason + ")";
  return text;
}

std::string DmarcEvidence(const auth::DmarcOutcome& dmarc) {
  std::string text = "from=" + dmarc.author_domain.ascii();
  if (dmarc.policy_domain) {
    text += " policy=" + dmarc.policy_domain->ascii() + " " + dmarc.policy_tag + "=" +
            std::string(auth::Name(dmarc.published));
  }
  if (!dmarc.reason.empty()) text += " (" + dmarc.reason + ")";
  return text;
}

std::string TrustEvidence(const Trust& trust) {
  std::string text;
  for (const TrustReason& reason : trust.reasons) {
    if (!text.empty()) text += ' ';
    text += reason.name + "=" + std::to_string(reason.points);
  }
  return text;
}

void AddRules(const Facts& facts, const Decision& decision, journal::DecisionRecord& record) {
  record.rules.push_back(
      {"spf", std::string(Name(facts.spf.mail_from.result)), SpfEvidence(facts.spf)});
  record.rules.push_back({"dkim", "verify", auth::Summarize(facts.dkim)});
  record.rules.push_back({"arc", std::string(Name(facts.arc.result)), facts.arc.reason});
  for (const auth::DmarcOutcome& dmarc : facts.dmarc) {
    record.rules.push_back({"dmarc", std::string(Name(dmarc.result)), DmarcEvidence(dmarc)});
  }
  record.rules.push_back(
      {"trust", std::to_string(decision.trust.score), TrustEvidence(decision.trust)});
  for (const Override& made : decision.overrides) {
    record.rules.push_back({"override", made.type, made.comment});
  }
  for (const Finding& finding : decision.findings) {
    record.rules.push_back({finding.rule, std::string(Name(finding.action)), finding.evidence,
                            finding.mode == RuleMode::kShadow});
  }
}

void TellLog(const MessageContext& context, const Facts& facts, const Decision& decision) {
  log::Line line(log::Level::kInfo, "judged");
  milter::Describe(context.connection, context.envelope, line);
  line.With("verdict", Name(decision.action));
  if (decision.deciding) line.With("rule", decision.findings[*decision.deciding].rule);
  line.With("spf", Name(facts.spf.mail_from.result));
  line.With("dkim", auth::Summarize(facts.dkim));
  line.With("arc", Name(facts.arc.result));
  line.With("dmarc", DmarcName(facts));
  if (!facts.dmarc.empty()) line.With("from", facts.dmarc.front().author_domain.ascii());
  for (const Override& made : decision.overrides) line.With("override", made.type);
  line.With("trust", decision.trust.score);
}

void Count(const MessageContext& context, const Facts& facts, const Decision& decision) {
  journal::Journal& journal = context.site.journal;
  journal.Count("dmarc.judged");
  journal.Count(std::string("dmarc.verdict.") += Name(decision.action));
  journal.Count(std::string("dmarc.spf.") += Name(facts.spf.mail_from.result));
  journal.Count(std::string("dmarc.result.") += DmarcName(facts));
  for (const Finding& finding : decision.findings) {
    if (finding.mode == RuleMode::kShadow) journal.Count("dmarc.shadow." + finding.rule);
  }
}

// Where the tree walk and the Public Suffix List disagree, somebody wants to know before he changes
// over.
void TellDifference(const MessageContext& context, const Facts& facts) {
  if (facts.dmarc.empty() || !facts.dmarc_by_other_method) return;
  const auth::DmarcOutcome& other = *facts.dmarc_by_other_method;
  for (const auth::DmarcOutcome& one : facts.dmarc) {
    if (one.author_domain != other.author_domain) continue;
    if (one.result == other.result && one.disposition == other.disposition) return;
    context.site.journal.Count("dmarc.methods_differ");
    context.site.journal.Report(
        {"dmarc_methods_differ", one.author_domain.ascii(),
         "treewalk: " + std::string(Name(one.result)) + " " + DmarcEvidence(one) +
             "; psl: " + std::string(Name(other.result)) + " " + DmarcEvidence(other)});
  }
}

// The queue id is unique on this host for long enough, and the recipient tells several reports of
// one message apart.
FailureReportFrame MakeFrame(const MessageContext& context, const std::string& to) {
  const DmarcConfiguration& configuration = *context.configuration;
  const base::WallTime now = context.site.clock.Wall();
  const std::string unique = std::to_string(now.time_since_epoch().count()) + "." +
                             std::to_string(std::hash<std::string>{}(to)) + "." +
                             context.envelope.queue_id;
  return {configuration.options.reports.failure_sender, to, unique + "@" + configuration.hostname,
          configuration.authserv_id, now};
}

// What is lost is lost: mail does not wait for what is told of it. But somebody should know.
void Post(const MessageContext& context, store::BackgroundWriter::Write write) {
  if (!context.site.writer.Post(std::move(write))) context.site.journal.Count("dmarc.not_written");
}

void PostFailureReport(const MessageContext& context, report::FailureReport report) {
  const ReportRules& rules = context.configuration->options.reports;
  Post(context,
       [&writer = context.site.writer, report = std::move(report), now = context.site.clock.Wall(),
        rate = report::FailureRate{rules.failure_per_hour, rules.failure_per_hour_in_all}](
           store::Store& store, base::Deadline deadline) {
         if (!report::FailureQueue(store).Add(report, rate, now, deadline)) writer.CountDropped();
       });
}

}  // namespace

void Tell(const MessageContext& context, const Facts& facts, const Decision& decision,
          base::SteadyTime began) {
  TellLog(context, facts, decision);
  Count(context, facts, decision);
  TellDifference(context, facts);
  journal::DecisionRecord record =
      milter::BeginRecord(context.connection, context.envelope, std::string(Name(decision.action)));
  AddRules(facts, decision, record);
  if (decision.deciding) {
    const milter::Reply& reply = decision.findings[*decision.deciding].reply;
    if (!reply.lines.empty()) record.reply = reply.enhanced + " " + reply.lines.front();
  }
  record.spent =
      std::chrono::duration_cast<std::chrono::microseconds>(context.site.clock.Steady() - began);
  context.site.journal.Record(std::move(record));
}

void TellLists(const MessageContext& context, std::span<const ListHealth::Change> changes) {
  for (const ListHealth::Change& change : changes) {
    log::Line(log::Level::kWarning, change.on ? "block_list_on" : "block_list_off")
        .With("zone", change.zone)
        .With("reason", change.reason);
    context.site.journal.Report(
        {change.on ? "block_list_on" : "block_list_off", change.zone, change.reason});
  }
}

void ShareResult(const MessageContext& context, const Facts& facts, const Decision& decision,
                 base::Deadline deadline) {
  if (!context.site.shares_store || context.envelope.queue_id.empty()) return;
  const std::string text = "dmarc=" + std::string(DmarcName(facts)) +
                           " spf=" + std::string(Name(facts.spf.mail_from.result)) +
                           " trust=" + std::to_string(decision.trust.score);
  const auto key =
      store::KeyMaker::Fact(context.configuration->hostname, context.envelope.queue_id, "auth");
  // Absent means unknown: who cannot have it goes on without.
  (void)context.site.store.Set(key, text, kFactLife, deadline);
}

void CollectRow(const MessageContext& context, const Facts& facts, const Decision& decision) {
  if (!context.site.shares_store) return;  // nobody could send them
  if (!IsReported(context.configuration->options.reports, facts)) return;
  Post(context,
       [&reports = context.site.reports, &writer = context.site.writer,
        day = report::DayOf(context.site.clock.Wall()), row = ToAggregateRow(facts, decision),
        addresses = facts.dmarc.front().record->aggregate_uris](store::Store&,
                                                                base::Deadline deadline) {
         if (!reports.Add(day, row, addresses, deadline)) writer.CountDropped();
       });
}

void QueueFailureReports(const MessageContext& context, const Facts& facts,
                         const Decision& decision, std::span<const mail::HeaderField> fields) {
  const ReportRules& rules = context.configuration->options.reports;
  if (!context.site.shares_store || !IsFailureReportDue(rules, facts)) return;
  const FailureRecipients recipients = FindFailureRecipients(facts);
  const auto queue = [&](const std::string& to, bool external) {
    report::FailureReport report{facts.dmarc.front().policy_domain->ascii(), to, external, ""};
    report.message = FormatFailureReport(MakeFrame(context, to), facts, decision, fields);
    PostFailureReport(context, std::move(report));
  };
  for (const std::string& to : recipients.own) queue(to, false);
  for (const std::string& to : recipients.external) queue(to, true);
}

void TellReputation(const MessageContext& context, const Facts& facts, const Decision& decision) {
  if (!context.configuration->options.reputation.enabled) return;
  using reputation::EventKind;
  const bool forged =
      !facts.dmarc.empty() && facts.dmarc.front().result == auth::DmarcResult::kFail &&
      facts.dmarc.front().published != auth::DmarcPolicy::kNone && decision.overrides.empty();
  const auto aligned = AlignedDomain(facts);
  const bool listed = std::ranges::any_of(
      decision.findings, [](const Finding& finding) { return finding.rule == "block_lists"; });
  const EventKind event = forged                               ? EventKind::kForged
                          : decision.action == Action::kRefuse ? EventKind::kRefused
                          : listed                             ? EventKind::kListed
                          : aligned                            ? EventKind::kAuthenticated
                                                               : EventKind::kDelivered;
  // What was tagged or held is no good sign.
  const bool good = event == EventKind::kAuthenticated || event == EventKind::kDelivered;
  if (good && decision.action != Action::kPass) return;
  reputation::Reputation& reputation = context.site.reputation;
  reputation.Tell(reputation::Subject::Address(facts.client.address), event);
  reputation.Tell(reputation::Subject::Network(facts.client.address), event);
  if (aligned) reputation.Tell(reputation::Subject::Domain(*aligned), event);
}

}  // namespace gatepost::dmarc
