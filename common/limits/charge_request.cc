#include "common/limits/charge_request.h"

#include <algorithm>

#include "common/store/keys.h"

namespace gatepost::limits {

ChargeRequest::ChargeRequest(std::span<const SubjectCharges> wanted) {
  for (const auto& subject : wanted) {
    auto& places = places_.emplace_back();
    if (subject.charges.empty()) continue;
    const std::size_t k = SubjectIndex(subject.subject);
    for (const auto& charge : subject.charges) places.emplace_back(k, ChargeIndex(k, charge));
  }
}

std::size_t ChargeRequest::SubjectIndex(const std::string& subject) {
  const auto found = std::ranges::find(subjects, subject);
  if (found != subjects.end()) return static_cast<std::size_t>(found - subjects.begin());
  subjects.push_back(subject);
  keys.push_back(store::KeyMaker::Limits(subject));
  charges.emplace_back();
  return subjects.size() - 1;
}

std::size_t ChargeRequest::ChargeIndex(std::size_t subject, const Charge& charge) {
  auto& present = charges[subject];
  const auto found = std::ranges::find(present, charge.slot, &store::LimitCharge::slot);
  const auto index = static_cast<std::size_t>(found - present.begin());
  if (found == present.end()) {
    present.push_back({charge.slot, charge.window, charge.limit, charge.amount, charge.enforced,
                       charge.only_new});
  } else {
    found->limit = std::min(found->limit, charge.limit);
    found->amount = std::max(found->amount, charge.amount);
    found->enforced = found->enforced || charge.enforced;
  }
  return index;
}

ChargeRequest::Answers ChargeRequest::InOrder(const Answers& answers) const {
  Answers ordered;
  for (const auto& places : places_) {
    auto& subject = ordered.emplace_back();
    for (const auto& [k, c] : places) subject.push_back(answers[k][c]);
  }
  return ordered;
}

store::LimitCharges ChargeRequest::Fitting(const Answers& answers) const {
  store::LimitCharges fitting(charges.size());
  for (std::size_t k = 0; k < charges.size(); ++k) {
    for (std::size_t c = 0; c < charges[k].size(); ++c) {
      if (answers[k][c].room_in.count() == 0) fitting[k].push_back(charges[k][c]);
    }
  }
  return fitting;
}

void ChargeRequest::SettleNew(bool is_new) {
  for (auto& subject : charges) {
    for (auto& charge : subject) {
      if (charge.only_new && !is_new) charge.amount = 0;
      charge.only_new = false;
    }
  }
}

std::optional<ChargeRequest::Answers> ChargeRequest::ParseAnswers(
    std::span<const std::int64_t> numbers, const store::LimitCharges& charges) {
  Answers answers;
  std::size_t at = 0;
  for (const auto& subject : charges) {
    auto& outcomes = answers.emplace_back();
    for (std::size_t c = 0; c < subject.size(); ++c) {
      if (at >= numbers.size()) return std::nullopt;
      const std::int64_t used = numbers[at++];
      auto& outcome = outcomes.emplace_back(ChargeOutcome{std::max<std::int64_t>(0, used)});
      if (used >= 0) continue;
      if (numbers.size() - at < 2) return std::nullopt;
      outcome = {-1 - used, std::chrono::milliseconds(numbers[at]), numbers[at + 1]};
      at += 2;
    }
  }
  return at == numbers.size() ? std::optional(answers) : std::nullopt;
}

}  // namespace gatepost::limits
