#include "milters/ratelimit/detector_options.h"

namespace gatepost::ratelimit {
namespace {

using config::OptionTable;

void DeclareSteps(OptionTable& t, DetectorRules& rules) {
  t.Choice("mode", rules.mode,
           {{"enforce", limits::Mode::kEnforce},
            {"shadow", limits::Mode::kShadow},
            {"off", limits::Mode::kOff}},
           "enforce acts; shadow records and counts what would be done, and lets the mail pass; "
           "off: nothing is remembered of accounts.");
  t.Integer("notice_score", rules.notice_score, 1, 1'000,
            "From this score on, administrators are told.");
  t.Integer("throttle_score", rules.throttle_score, 1, 1'000,
            "From this score on, the account is slowed down.");
  t.Integer("suspend_score", rules.suspend_score, 1, 1'000,
            "From this score on, the account's mail is refused on every host until somebody "
            "lifts it.");
  t.Path("never_suspend", rules.never_suspend,
         "A table of accounts, one a line, which get a notice at most.");
}

void DeclareUsual(OptionTable& t, DetectorRules& rules) {
  t.Integer("min_recipients", rules.min_recipients, 1, 100'000,
            "An account with fewer recipients within an hour, and than ten times as many within a "
            "day, is neither slowed down nor suspended, whatever else is seen.");
  t.Integer("usual_recipients", rules.usual_recipients, 1, 100'000,
            "Recipients within an hour that are usual for any account, also for one that has "
            "never sent as many.");
  t.Integer("new_account_recipients", rules.new_account_recipients, 1, 100'000,
            "The same for an account without history; it comes down to usual_recipients within "
            "the first ten hours in which mail leaves.");
  t.Path("country_file", rules.country_file,
         "A MaxMind DB file that says in which country an address is. Without it, countries give "
         "no points. Read again at reload.");
}

void DeclareWeights(OptionTable& t, DetectorWeights& weights) {
  for (const SignRow& row : kSigns) {
    t.Integer(std::string("weight_").append(row.name), weights[row.sign], 0, 1'000, row.meaning);
  }
}

}  // namespace

void Declare(OptionTable& table, DetectorRules& rules) {
  table.Section("detector",
                "Finds accounts whose password was stolen, by what they do against what they "
                "usually do. Points of all signs are added up; new recipients, networks, "
                "countries and times weigh in full from the hour's expected recipients on: the "
                "account's own peak, half of a limit that is its own, or usual_recipients.");
  DeclareSteps(table, rules);
  DeclareUsual(table, rules);
  DeclareWeights(table, rules.weights);
}

std::string FindContradiction(const DetectorRules& rules) {
  if (rules.notice_score <= rules.throttle_score && rules.throttle_score <= rules.suspend_score) {
    return "";
  }
  return "detector: notice_score, throttle_score and suspend_score must not go down in this order";
}

}  // namespace gatepost::ratelimit
