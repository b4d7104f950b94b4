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
  const auto weight = [&t](std::string_view key, std::int64_t& value, std::string_view meaning) {
    t.Integer(key, value, 0, 1'000, meaning);
  };
  weight("weight_rate", weights.rate,
         "Most points for more recipients within an hour than the account has ever had: all at 16 "
         "times as many, a quarter for each doubling.");
  weight("weight_day", weights.day,
         "The same within a day: above four times what is expected within an hour, and above the "
         "account's own peak of a day.");
  weight("weight_new", weights.new_recipients,
         "Most points for recipients that the account never wrote to, above its usual share.");
  weight("weight_unknown", weights.unknown,
         "Most points for recipients that Postfix refuses as unknown: from 5 % on, all at 30 %.");
  weight("weight_networks", weights.networks,
         "Most points for client networks (/24, /64) within an hour that the account has not sent "
         "from before: half for the first, two ninths for each more.");
  weight("weight_countries", weights.countries,
         "Most points for countries within an hour that the account has not sent from before: a "
         "third for the first, half for each more.");
  weight("weight_night", weights.night,
         "Points for sending at a time of day when less than 2 % of the account's mail leaves.");
  weight("weight_bounces", weights.bounces, "Most points for bounces within a day.");
  weight("weight_complaints", weights.complaints,
         "Most points for complaints within a day: a third for each.");
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
