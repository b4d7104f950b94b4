#include "common/limits/charges.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace gatepost::limits {
namespace {

std::int64_t Added(const Step& step, Counted counted) {
  switch (counted) {
    case Counted::kMessages:
      return step.messages;
    case Counted::kRecipients:
      return step.recipients;
    case Counted::kNewRecipients:
      return step.new_recipients;
    case Counted::kBytes:
      return step.bytes ? std::max<std::int64_t>(1, *step.bytes) : 0;
  }
  return 0;
}

bool Applies(const Limit& limit, const Step& step) {
  if (limit.stream.empty()) return step.which != Step::Which::kOfStream;
  return step.which != Step::Which::kWithoutStream && limit.stream == step.stream;
}

// One message's charges, group by group.
class ChargeMaker {
 public:
  ChargeMaker(const LimitSet& set, const Subjects& subjects, const Step& step,
              const Circumstances& circumstances)
      : set_(set),
        subjects_(subjects),
        step_(step),
        scores_(circumstances.scores),
        view_(set.table(), circumstances.overrides, subjects, circumstances.now) {}

  Charges Make() {
    charges_.subjects.reserve(set_.groups().size());
    charges_.limits.reserve(set_.groups().size());
    for (const LimitSet::Group& group : set_.groups()) AddGroup(group);
    return std::move(charges_);
  }

 private:
  void AddGroup(const LimitSet::Group& group) {
    SubjectCharges charges;
    std::vector<const Limit*> limits;
    for (const std::uint32_t index : group.limits) {
      const Limit& limit = set_.limits()[index];
      const std::int64_t added = Added(step_, limit.counted);
      if (added == 0 || !Applies(limit, step_)) continue;
      if (charges.subject.empty()) charges.subject = subjects_.Text(group.by);
      if (charges.subject.empty()) return;  // none of this group applies to the message
      if (limit.counts_once() && IsCounted(charges.subject, set_.slot(index))) continue;
      const std::int64_t amount = view_.Amount(limit, charges.subject);
      if (amount == kUncounted) continue;
      if (limits.empty()) Reserve(group.limits.size(), charges, limits);
      charges.charges.push_back(
          {set_.slot(index), limit.window, ApplyReputation(limit, amount, scores_), added,
           limit.mode == Mode::kEnforce, limit.counted == Counted::kNewRecipients});
      limits.push_back(&limit);
    }
    if (limits.empty()) return;
    charges_.subjects.push_back(std::move(charges));
    charges_.limits.push_back(std::move(limits));
  }

  bool IsCounted(const std::string& subject, const std::string& slot) const {
    return step_.counted != nullptr && step_.counted->Has(subject, slot);
  }

  static void Reserve(std::size_t count, SubjectCharges& charges,
                      std::vector<const Limit*>& limits) {
    charges.charges.reserve(count);
    limits.reserve(count);
  }

  const LimitSet& set_;
  const Subjects& subjects_;
  const Step& step_;
  Scores scores_;
  ExceptionView view_;
  Charges charges_;
};

// Of steps from the lowest on the first that the score is below.
std::int64_t PercentBy(std::span<const ReputationStep> steps, std::optional<double> score) {
  if (!score) return 100;
  const auto thousandths = std::llround(std::clamp(*score, -1.0, 1.0) * 1000);
  for (const ReputationStep& step : steps) {
    if (thousandths < step.below_thousandths) return step.percent;
  }
  return 100;
}

}  // namespace

void MergedCharges::Add(const std::string& subject, const Charge& charge, const Limit* limit) {
  const auto [place, is_new] = places_.try_emplace(subject, charges_.subjects.size());
  const std::size_t i = place->second;
  if (is_new) {
    charges_.subjects.push_back({subject, {}});
    charges_.limits.emplace_back();
  }
  auto& present = charges_.subjects[i].charges;
  const auto same = std::ranges::find(present, charge.slot, &Charge::slot);
  if (same == present.end()) {
    present.push_back(charge);
    charges_.limits[i].push_back(limit);
    return;
  }
  same->amount += charge.amount;
  same->limit = std::min(same->limit, charge.limit);
  same->enforced = same->enforced || charge.enforced;
}

bool MergedCharges::Has(std::string_view subject, std::string_view slot) const {
  const auto place = places_.find(subject);
  if (place == places_.end()) return false;
  const auto& present = charges_.subjects[place->second].charges;
  return std::ranges::find(present, slot, &Charge::slot) != present.end();
}

std::int64_t ReputationPercent(const Limit& limit, const Scores& scores) {
  return std::min(PercentBy(limit.reputation, scores.client),
                  PercentBy(limit.stream_reputation, scores.stream));
}

std::int64_t ApplyReputation(const Limit& limit, std::int64_t amount, const Scores& scores) {
  const std::int64_t percent = ReputationPercent(limit, scores);
  if (percent == 100 || amount <= 0 || amount >= kUnlimited) return amount;
  if (percent == 0) return 0;
  return std::max<std::int64_t>(1, amount / 100 * percent + amount % 100 * percent / 100);
}

Charges MakeCharges(const LimitSet& set, const Subjects& subjects, const Step& step,
                    const Circumstances& circumstances) {
  return ChargeMaker(set, subjects, step, circumstances).Make();
}

Acquaintance MakeAcquaintance(const Subjects& subjects) {
  const std::string& user = subjects.Text(By::kUser);
  if (user.empty()) return {};
  return {user, subjects.recipient()};
}

}  // namespace gatepost::limits
