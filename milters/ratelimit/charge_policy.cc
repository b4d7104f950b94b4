#include "milters/ratelimit/charge_policy.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace gatepost::ratelimit {
namespace {

using limits::By;
using limits::Charges;
using limits::Outcome;

// No number at all would switch the detector off: it expects so many times what others may send.
constexpr std::int64_t kUnlimitedIs = 10;
const std::vector<By> kByUserAlone{By::kUser};

bool TakesLonger(const limits::ChargeOutcome& one, const limits::ChargeOutcome& other) {
  if (one.room_in.count() < 0 || other.room_in.count() < 0) return other.room_in.count() >= 0;
  return one.room_in > other.room_in;
}

}  // namespace

std::optional<LongestShortage> FindLongestShortage(const Charges& charges, const Outcome& outcome) {
  std::optional<LongestShortage> longest;
  for (std::size_t i = 0; i < outcome.charges.size(); ++i) {
    for (std::size_t j = 0; j < outcome.charges[i].size(); ++j) {
      const limits::Charge& charge = charges.subjects[i].charges[j];
      const limits::ChargeOutcome& standing = outcome.charges[i][j];
      if (!charge.enforced || standing.room_in.count() == 0) continue;
      if (longest && !TakesLonger(standing, longest->shortage.outcome)) continue;
      longest.emplace(LongestShortage{{*charges.limits[i][j], charge.limit, standing},
                                      charges.subjects[i].subject});
    }
  }
  return longest;
}

std::int64_t RaisedHourlyLimit(const Charges& charges) {
  std::int64_t most = limits::kUnlimited;
  bool raised = false;
  for (std::size_t i = 0; i < charges.subjects.size(); ++i) {
    for (std::size_t j = 0; j < charges.limits[i].size(); ++j) {
      const limits::Limit& limit = *charges.limits[i][j];
      if (limit.counted != limits::Counted::kRecipients || limit.by != kByUserAlone) continue;
      std::int64_t amount = charges.subjects[i].charges[j].limit;
      if (amount >= limits::kUnlimited) amount = limit.amount * kUnlimitedIs;
      const std::int64_t windows = std::max<std::int64_t>(1, std::chrono::hours(1) / limit.window);
      most = std::min(most, amount > limits::kUnlimited / windows ? amount : amount * windows);
      raised = raised || amount > limit.amount;
    }
  }
  return raised ? most : 0;
}

void AddThrottle(const limits::Limit& throttle, const std::string& user_subject, Charges& charges) {
  // A slot of its own: a limit of the site may count messages in the same window.
  const limits::Charge charge{"throttle", throttle.window, throttle.amount, 1};
  for (std::size_t i = 0; i < charges.subjects.size(); ++i) {
    if (charges.subjects[i].subject != user_subject) continue;
    charges.subjects[i].charges.push_back(charge);
    charges.limits[i].push_back(&throttle);
    return;
  }
  charges.subjects.push_back({user_subject, {charge}});
  charges.limits.push_back({&throttle});
}

}  // namespace gatepost::ratelimit
