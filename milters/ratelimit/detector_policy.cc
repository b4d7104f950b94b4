#include "milters/ratelimit/detector_policy.h"

#include <algorithm>
#include <cmath>

namespace gatepost::ratelimit {
namespace {

constexpr double kDoublingsForAllPoints = 4;
constexpr double kActiveHoursUntilGrownUp = 10;
// As if so many recipients, half of them new, had been seen of every account.
constexpr double kAssumedRecipients = 20;
constexpr std::int64_t kTimedMessagesToJudge = 40;
constexpr std::int64_t kBearableAddresses = 3;  // beside the first of each network

// Signs index the table.
constexpr bool IsInOrder() {
  for (std::size_t i = 0; i < kSigns.size(); ++i) {
    if (kSigns[i].sign != static_cast<Sign>(i)) return false;
  }
  return true;
}
static_assert(IsInOrder());

double Real(std::int64_t value) { return static_cast<double>(value); }
std::int64_t Round(double value) { return std::llround(value); }
std::string Percent(double share) { return std::to_string(Round(share * 100)) + " %"; }
std::string Of(std::int64_t some, std::int64_t all) {
  return std::to_string(some) + " of " + std::to_string(all);
}

// 0 for what is expected, a quarter for each doubling.
double Excess(std::int64_t seen, double expected) {
  if (seen <= 0) return 0;
  return std::clamp(std::log2(Real(seen) / expected) / kDoublingsForAllPoints, 0.0, 1.0);
}

class Judge {
 public:
  Judge(const DetectorRules& rules, const Signals& signals, const AccountTerms& terms)
      : rules_(rules), signals_(signals), expected_(Expected(terms)) {}

  Assessment Decide(const AccountTerms& terms) {
    if (signals_.recipients > 0) {
      Rate();
      Day();
      NewRecipients();
      Unknown();
      Networks();
      Addresses();
      Countries();
      Night();
    }
    Bounces();
    Complaints();
    std::ranges::stable_sort(result_.parts, std::greater<>(), &Part::points);
    result_.step = StepFor(terms);
    result_.usual = result_.score * 2 < rules_.notice_score;
    return std::move(result_);
  }

 private:
  // From 0 for an account without history to 1.
  double maturity() const {
    return std::min(1.0, Real(signals_.active_hours) / kActiveHoursUntilGrownUp);
  }

  double Expected(const AccountTerms& terms) const {
    const double usual = Real(rules_.usual_recipients);
    const double young = Real(rules_.new_account_recipients) * (1 - maturity());
    return std::max({1.0, usual, young + usual * maturity(), signals_.peak_recipients,
                     Real(terms.raised_hourly_limit) / 2});
  }

  bool few() const {
    return signals_.recipients < rules_.min_recipients &&
           signals_.day_recipients < 10 * rules_.min_recipients;
  }

  // 0 for next to no mail, 1 from the expected amount on.
  double volume() const { return std::min(1.0, Real(signals_.recipients) / expected_); }

  // From 0 where no more recipients are new than usual to 1 where all is different.
  double surprise() const {
    const double share = Real(signals_.new_recipients) / Real(signals_.recipients);
    return std::clamp((share - usual_new_share()) / 0.6, 0.0, 1.0);
  }

  double usual_new_share() const {
    return (Real(signals_.remembered_new) + kAssumedRecipients / 2) /
           (Real(signals_.remembered) + kAssumedRecipients);
  }

  // What place and time are worth: a traveller writes to people he knows.
  double scrutiny() const { return volume() * (0.4 + 0.6 * surprise()); }

  // `share`: of the sign's points.
  void Add(Sign sign, double share, std::string evidence) {
    const std::int64_t whole = Round(share * Real(rules_.weights[sign]));
    if (whole <= 0) return;
    result_.score += whole;
    result_.parts.push_back(
        {kSigns[static_cast<std::size_t>(sign)].name, whole, std::move(evidence)});
  }

  void Rate() {
    std::string usual = ", no mail before";
    if (signals_.active_hours > 0) {
      usual = ", usually " +
              std::to_string(std::max(std::int64_t{1}, Round(signals_.usual_recipients))) +
              " and at most " + std::to_string(Round(signals_.peak_recipients));
    }
    Add(Sign::kRate, Excess(signals_.recipients, expected_),
        std::to_string(signals_.recipients) + " recipients within an hour" + usual);
  }

  void Day() {
    const double expected = std::max(4 * expected_, signals_.peak_day_recipients);
    Add(Sign::kDay, Excess(signals_.day_recipients, expected),
        std::to_string(signals_.day_recipients) + " recipients within a day, at most " +
            std::to_string(Round(signals_.peak_day_recipients)) + " before");
  }

  void NewRecipients() {
    Add(Sign::kNew, surprise() * volume(),
        Of(signals_.new_recipients, signals_.recipients) +
            " recipients never written to before, usually " + Percent(usual_new_share()));
  }

  void Unknown() {
    if (signals_.unknown_recipients < 5) return;
    const double share = Real(signals_.unknown_recipients) / Real(signals_.recipients);
    Add(Sign::kUnknown, std::clamp((share - 0.05) / 0.25, 0.0, 1.0) * volume(),
        Percent(share) + " of the recipients do not exist");
  }

  void Networks() {
    const std::int64_t unfamiliar = signals_.unfamiliar_networks;
    if (unfamiliar == 0) return;
    const double share = std::min(1.0, 0.5 * maturity() + 2.0 / 9 * Real(unfamiliar - 1));
    Add(Sign::kNetworks, share * scrutiny(),
        std::to_string(signals_.addresses) + " addresses in " + std::to_string(signals_.networks) +
            " networks, " + std::to_string(unfamiliar) + " of them unfamiliar");
  }

  // One for each network is normal; so are some more, of a person's devices and of a phone whose
  // carrier gives it another one at each connection.
  void Addresses() {
    const std::int64_t more = signals_.addresses - signals_.networks - kBearableAddresses;
    if (more <= 0) return;
    Add(Sign::kAddresses, std::min(1.0, Real(more) / 4) * scrutiny(),
        std::to_string(signals_.addresses) + " addresses within an hour, " +
            std::to_string(signals_.addresses - signals_.networks) +
            " of them beside others in one network");
  }

  void Countries() {
    const std::int64_t unfamiliar = signals_.unfamiliar_countries;
    if (unfamiliar == 0) return;
    const double share = std::min(1.0, maturity() / 3 + Real(unfamiliar - 1) / 2);
    Add(Sign::kCountries, share * scrutiny(),
        std::to_string(signals_.countries) + " countries, " + std::to_string(unfamiliar) +
            " of them unfamiliar");
  }

  void Night() {
    if (signals_.timed_messages < kTimedMessagesToJudge || signals_.share_at_this_time >= 0.02) {
      return;
    }
    Add(Sign::kNight, scrutiny(),
        "only " + Percent(signals_.share_at_this_time) + " of its mail leaves at this time of day");
  }

  void Bounces() {
    const double bearable = std::max(5.0, expected_ / 20);
    const double share = (Real(signals_.bounces) - bearable) / (3 * bearable);
    Add(Sign::kBounces, std::clamp(share, 0.0, 1.0),
        std::to_string(signals_.bounces) + " bounces within a day");
  }

  void Complaints() {
    const double bearable = expected_ / 300;
    const double share = (Real(signals_.complaints) - bearable) / 3;
    Add(Sign::kComplaints, std::clamp(share, 0.0, 1.0),
        std::to_string(signals_.complaints) + " complaints within a day");
  }

  Step StepFor(const AccountTerms& terms) const {
    Step step = Step::kNone;
    if (result_.score >= rules_.notice_score) step = Step::kNotice;
    if (terms.never_suspend || few()) return step;
    if (result_.score >= rules_.throttle_score) step = Step::kThrottle;
    if (result_.score >= rules_.suspend_score) step = Step::kSuspend;
    return step;
  }

  const DetectorRules& rules_;
  const Signals& signals_;
  const double expected_;
  Assessment result_;
};

}  // namespace

std::string Assessment::Evidence() const {
  std::string line;
  for (const Part& part : parts) {
    if (!line.empty()) line += "; ";
    line += part.evidence + " (" + std::to_string(part.points) + ")";
  }
  return line;
}

std::string Assessment::Names() const {
  std::string names;
  for (const Part& part : parts) {
    if (!names.empty()) names += ' ';
    names += part.name;
  }
  return names;
}

Assessment Assess(const DetectorRules& rules, const Signals& signals, const AccountTerms& terms) {
  if (rules.mode == limits::Mode::kOff) return {};
  return Judge(rules, signals, terms).Decide(terms);
}

std::string_view Name(Step step) {
  switch (step) {
    case Step::kNotice:
      return "notice";
    case Step::kThrottle:
      return "throttle";
    case Step::kSuspend:
      return "suspend";
    case Step::kNone:
      break;
  }
  return "none";
}

}  // namespace gatepost::ratelimit
