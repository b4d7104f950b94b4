#include "milters/ratelimit/message_report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "common/log/log.h"
#include "common/milter/message_record.h"
#include "milters/ratelimit/reply_text.h"

namespace gatepost::ratelimit {
namespace {

std::string OneLine(const milter::Reply& reply) {
  std::string text = std::to_string(reply.code) + " " + reply.enhanced;
  for (const std::string& line : reply.lines) text.append(" ").append(line);
  return text;
}

// The larger share of its limit is the one to tell of.
bool NearerTo(const Standing& one, const Standing& other) {
  if (one.short_of_room != other.short_of_room) return one.short_of_room;
  const auto share = [](const Standing& s) {
    return static_cast<double>(s.used) / static_cast<double>(std::max<std::int64_t>(s.amount, 1));
  };
  return share(one) > share(other);
}

std::string FormatScore(double score) {
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.2f", score);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string Evidence(const Standing& standing) {
  std::string text = standing.subject + ": " + std::to_string(standing.used) + " of " +
                     DescribeAmount(standing.amount, *standing.limit);
  if (standing.short_of_room) {
    text += ", room in " + std::to_string(standing.room_in.count() / 1000) + " s";
  }
  if (standing.percent < 100) {
    text += ", " + std::to_string(standing.percent) + " % by reputation";
  }
  if (standing.refused_attempts > 0) {
    text += ", " + std::to_string(standing.refused_attempts) + " attempts refused";
  }
  return text;
}

std::string OutcomeOf(const Standing& standing, bool over) {
  if (!standing.short_of_room) return "pass";
  if (over) return "over";
  return standing.limit->answer == limits::Answer::kRefuse ? "refuse" : "defer";
}

}  // namespace

void MessageReport::NoteStanding(Standing standing) {
  const auto same = std::ranges::find(standings_, standing.limit, &Standing::limit);
  if (same == standings_.end()) {
    standings_.push_back(std::move(standing));
  } else if (same->subject == standing.subject || NearerTo(standing, *same)) {
    *same = std::move(standing);
  }
}

void MessageReport::AddRefusal(Refusal refusal) {
  const auto same = std::ranges::find_if(refusals_, [&](const Refusal& other) {
    return other.rule == refusal.rule && other.shadow == refusal.shadow;
  });
  if (same == refusals_.end()) {
    refusals_.push_back(std::move(refusal));
  } else {
    ++same->times;
  }
}

void MessageReport::NoteRefusal(std::string_view rule, const milter::Reply& reply,
                                std::string evidence) {
  reply_ = OneLine(reply);
  AddRefusal({std::string(rule), reply.code >= 500 ? "refuse" : "defer", std::move(evidence)});
}

void MessageReport::NoteOver(std::string_view rule, std::string evidence) {
  over_ = true;
  AddRefusal({std::string(rule), "over", std::move(evidence)});
}

void MessageReport::NoteShadow(std::string_view rule, std::string evidence) {
  AddRefusal({std::string(rule), "refuse", std::move(evidence), true});
}

void MessageReport::NoteAssessment(const Assessment& assessment, bool shadow) {
  if (assessment_ && assessment_->score > assessment.score) return;
  assessment_ = assessment;
  shadow_assessment_ = shadow;
}

void MessageReport::NoteReputation(std::string_view of, double score) {
  senders_.push_back({"reputation", std::string(of), FormatScore(score)});
}

void MessageReport::NoteStream(std::string_view stream, std::string_view whose,
                               std::optional<double> score) {
  std::string evidence(whose);
  if (score) evidence += ": reputation " + FormatScore(*score);
  senders_.push_back({"stream", std::string(stream), std::move(evidence)});
}

void MessageReport::Count(journal::Journal& journal, std::string_view verdict) const {
  journal.Count(std::string("ratelimit.verdict.") += verdict);
  if (alone_) journal.Count("ratelimit.alone");
  if (assessment_) {
    journal.Count((shadow_assessment_ ? "ratelimit.shadow.detector." : "ratelimit.detector.") +
                  std::string(Name(assessment_->step)));
  }
  if (over_) journal.Count("ratelimit.local_over");
  for (const Standing& standing : standings_) {
    const bool enforced = standing.limit->mode == limits::Mode::kEnforce;
    if (!standing.short_of_room || (over_ && enforced)) continue;
    const bool shadow = standing.limit->mode == limits::Mode::kShadow;
    journal.Count((shadow ? "ratelimit.shadow." : "ratelimit.limit.") + standing.limit->name);
  }
  for (const Refusal& refusal : refusals_) {
    if (over_ && !refusal.shadow) continue;  // none was refused
    const std::string name = refusal.shadow ? "ratelimit.shadow." : "ratelimit.refused.";
    journal.Count(name + refusal.rule, refusal.times);
  }
}

void MessageReport::Send(const MessageContext& context, std::string_view verdict,
                         const std::string& reference, std::chrono::microseconds spent,
                         std::int64_t recipients) {
  journal::DecisionRecord record =
      milter::BeginRecord(context.connection, context.envelope, std::string(verdict));
  if (record.queue_id.empty()) record.queue_id = reference;
  record.reply = reply_;
  // Only what left is listed under the account: refused attempts would push it out.
  if (!context.envelope.sasl_user.empty() && (verdict == "pass" || verdict == "hold")) {
    record.account = context.configuration->names->Canonicalize(context.envelope.sasl_user).name;
  }
  record.spent = spent;
  record.recipients = recipients;
  for (const Standing& standing : standings_) {
    record.rules.push_back({standing.limit->name, OutcomeOf(standing, over_), Evidence(standing),
                            standing.limit->mode == limits::Mode::kShadow});
  }
  record.rules.insert(record.rules.end(), senders_.begin(), senders_.end());
  for (const Refusal& refusal : refusals_) {
    record.rules.push_back({refusal.rule, refusal.outcome,
                            refusal.evidence + ", " + std::to_string(refusal.times) + " times",
                            refusal.shadow});
  }
  if (assessment_) {
    record.rules.push_back(
        {"detector", std::string(Name(assessment_->step)),
         "score " + std::to_string(assessment_->score) + ": " + assessment_->Evidence(),
         shadow_assessment_});
  }
  Count(context.site.journal, verdict);
  log::Line line(log::Level::kInfo, "counted");
  milter::Describe(context.connection, context.envelope, line);
  line.With("verdict", verdict).With("recipients", recipients);
  if (!refusals_.empty()) line.With("rule", refusals_.front().rule).With("reference", reference);
  if (over_) line.With("over", "yes");
  if (alone_) line.With("alone", "yes");
  context.site.journal.Record(std::move(record));
}

}  // namespace gatepost::ratelimit
