#include "tools/authpolicy/guess_policy.h"

#include <algorithm>
#include <array>

namespace gatepost::authpolicy {
namespace {

using std::chrono::seconds;

struct Subject {
  std::int64_t guesses;
  GuessLimits limits;
  Reason reason;
};

// 1, 2, 4 ... seconds from the first guess on that is not free.
seconds Delay(const Subject& subject, seconds most) {
  const std::int64_t beyond = subject.guesses - subject.limits.free;
  if (beyond <= 0) return seconds(0);
  constexpr std::int64_t kLongest = 20;  // doublings; more than any option allows
  return std::min(seconds(std::int64_t{1} << std::min(beyond - 1, kLongest)), most);
}

bool Blocks(const Subject& subject) {
  return subject.limits.block > 0 && subject.guesses >= subject.limits.block;
}

template <std::size_t kSize>
Decision Judge(const std::array<Subject, kSize>& subjects, seconds most) {
  const auto blocking = std::ranges::find_if(subjects, Blocks);
  if (blocking != subjects.end()) {
    return {Decision::Kind::kReject, seconds(0), blocking->reason};
  }
  Decision decision;
  for (const Subject& subject : subjects) {
    const seconds delay = Delay(subject, most);
    if (delay > decision.delay) decision = {Decision::Kind::kDelay, delay, subject.reason};
  }
  return decision;
}

}  // namespace

Decision Decide(const GuessRules& rules, const GuessCounts& counts) {
  const auto most = std::chrono::floor<seconds>(rules.max_delay);
  if (rules.mode == Mode::kOff) return {};
  if (counts.known_place) {
    return Judge(std::array{Subject{counts.place, rules.address, Reason::kPlace}}, most);
  }
  return Judge(std::array{Subject{counts.address, rules.address, Reason::kAddress},
                          Subject{counts.network, rules.network, Reason::kNetwork},
                          Subject{counts.account, rules.account, Reason::kAccount}},
               most);
}

std::string_view Name(Reason reason) {
  switch (reason) {
    case Reason::kSuspended:
      return "suspended";
    case Reason::kAddress:
      return "address";
    case Reason::kNetwork:
      return "network";
    case Reason::kAccount:
      return "account";
    case Reason::kPlace:
      return "place";
    case Reason::kNone:
      break;
  }
  return "none";
}

}  // namespace gatepost::authpolicy
