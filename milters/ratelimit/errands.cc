#include "milters/ratelimit/errands.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "common/log/log.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;

// Before each further try.
constexpr std::array<std::chrono::seconds, 3> kRetryAfter{1s, 5s, 30s};

}  // namespace

Errands::Errands(Ask ask, journal::Journal& journal, const base::Clock& clock)
    : ask_(std::move(ask)), journal_(journal), clock_(clock) {}

void Errands::Add(const std::string& verb, const std::string& account, const std::string& user) {
  errands_.push_back({verb, account, user, 0, clock_.Steady()});
}

void Errands::Cancel(const std::string& account) {
  std::erase_if(errands_, [&](const Errand& errand) { return errand.account == account; });
}

bool Errands::RunOne() {
  const base::SteadyTime now = clock_.Steady();
  const auto waits = [now](const Errand& errand) { return errand.due > now; };
  const auto next = std::ranges::min_element(
      errands_, {}, [&](const Errand& errand) { return std::pair(waits(errand), errand.tries); });
  if (next == errands_.end() || waits(*next)) return false;
  Errand errand = std::move(*next);
  errands_.erase(next);
  Run(std::move(errand));
  return true;
}

void Errands::Run(Errand errand) {
  const std::string wrong = ask_(errand.verb, errand.user);
  if (wrong.empty()) return;
  if (errand.tries == kRetryAfter.size()) return GiveUp(errand, wrong);
  log::Info("privileged_tried")
      .With("verb", errand.verb)
      .With("user", errand.user)
      .With("reason", wrong);
  errand.due = clock_.Steady() + kRetryAfter[errand.tries++];
  errands_.push_back(std::move(errand));
}

void Errands::GiveUp(const Errand& errand, const std::string& reason) {
  log::Warning("privileged_failed")
      .With("verb", errand.verb)
      .With("user", errand.user)
      .With("reason", reason);
  journal_.Report({"privileged_failed", errand.account, errand.verb + ": " + reason});
}

void Errands::GiveUpAll(const std::string& reason) {
  for (const Errand& errand : errands_) GiveUp(errand, reason);
  errands_.clear();
}

}  // namespace gatepost::ratelimit
