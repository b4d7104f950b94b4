#include "milters/ratelimit/detector_policy.h"

#include "common/config/config_error.h"
#include "milters/ratelimit/detector_options.h"

namespace gatepost::ratelimit {
namespace {

// An account with a past, in an hour like any other.
Signals Usual() {
  Signals s;
  s.recipients = 5;
  s.addresses = s.networks = s.countries = 1;
  s.usual_recipients = 3;
  s.peak_recipients = 8;
  s.active_hours = 100;
  s.remembered = 300;
  s.remembered_new = 15;
  s.timed_messages = 200;
  s.share_at_this_time = 0.3;
  s.day_recipients = 20;
  s.peak_day_recipients = 30;
  return s;
}

Signals Stolen() {
  Signals s = Usual();
  s.recipients = 60;
  s.new_recipients = 58;
  s.addresses = s.networks = 5;
  s.unfamiliar_networks = 5;
  return s;
}

TEST(DetectorPolicy, SaysNothingOfAnUsualHour) {
  EXPECT_EQ(Assess({}, Usual(), {}).step, Step::kNone);
  EXPECT_TRUE(Assess({}, Usual(), {}).parts.empty());
  EXPECT_TRUE(Assess({}, Signals(), {}).parts.empty());
}

TEST(DetectorPolicy, TellsInWordsWhatItSaw) {
  const Assessment assessment = Assess({}, Stolen(), {});
  EXPECT_EQ(assessment.step, Step::kSuspend);
  EXPECT_EQ(assessment.Evidence(),
            "5 addresses in 5 networks, 5 of them unfamiliar (45); "
            "58 of 60 recipients never written to before, usually 8 % (30); "
            "60 recipients within an hour, usually 3 and at most 8 (24)");
}

struct PartCase {
  const char* name;
  void (*change)(Signals&);
  std::int64_t points;
};

TEST(DetectorPolicy, GivesEachSignItsPoints) {
  for (const PartCase& c : {
           PartCase{"rate", [](Signals& s) { s.recipients = 20; }, 0},
           PartCase{"rate", [](Signals& s) { s.recipients = 40; }, 15},
           PartCase{"rate", [](Signals& s) { s.recipients = 5'000; }, 60},
           PartCase{"rate", [](Signals& s) { s.peak_recipients = 500, s.recipients = 500; }, 0},
           PartCase{"day", [](Signals& s) { s.day_recipients = 160; }, 10},
           PartCase{"day", [](Signals& s) { s.peak_day_recipients = 160, s.day_recipients = 160; },
                    0},
           PartCase{"new", [](Signals& s) { s.recipients = s.new_recipients = 20; }, 30},
           PartCase{"new", [](Signals& s) { s.recipients = s.new_recipients = 10; }, 15},
           PartCase{"new", [](Signals& s) { s.recipients = 40, s.new_recipients = 3; }, 0},
           PartCase{"unknown", [](Signals& s) { s.recipients = 20, s.unknown_recipients = 4; }, 0},
           PartCase{"unknown", [](Signals& s) { s.recipients = 20, s.unknown_recipients = 6; }, 30},
           PartCase{"networks", [](Signals& s) { s.recipients = 20, s.unfamiliar_networks = 1; },
                    9},
           PartCase{"networks",
                    [](Signals& s) {
                      s.recipients = s.new_recipients = 20;
                      s.unfamiliar_networks = 1;
                    },
                    23},
           PartCase{"networks",
                    [](Signals& s) {
                      s.recipients = s.new_recipients = 50;
                      s.unfamiliar_networks = 1;
                      s.active_hours = 0;
                    },
                    0},
           // A phone, a laptop and a tablet in one network; then one more and one more.
           PartCase{"addresses",
                    [](Signals& s) { s.recipients = s.new_recipients = 20, s.addresses = 4; }, 0},
           PartCase{"addresses",
                    [](Signals& s) { s.recipients = s.new_recipients = 20, s.addresses = 5; }, 4},
           PartCase{"addresses",
                    [](Signals& s) { s.recipients = s.new_recipients = 20, s.addresses = 8; }, 15},
           PartCase{"addresses", [](Signals& s) { s.recipients = 20, s.addresses = 8; }, 6},
           PartCase{"addresses",
                    [](Signals& s) {
                      s.recipients = s.new_recipients = 20;
                      s.addresses = 8;
                      s.networks = 5;
                    },
                    0},
           PartCase{"countries",
                    [](Signals& s) {
                      s.recipients = s.new_recipients = 20;
                      s.unfamiliar_countries = 2;
                    },
                    20},
           PartCase{"night",
                    [](Signals& s) {
                      s.recipients = s.new_recipients = 20;
                      s.share_at_this_time = 0.01;
                    },
                    10},
           PartCase{"night",
                    [](Signals& s) {
                      s.recipients = s.new_recipients = 20;
                      s.share_at_this_time = 0;
                      s.timed_messages = 10;
                    },
                    0},
           PartCase{"bounces", [](Signals& s) { s.bounces = 5; }, 0},
           PartCase{"bounces", [](Signals& s) { s.bounces = 20; }, 20},
           PartCase{"complaints", [](Signals& s) { s.complaints = 1; }, 9},
           PartCase{"complaints", [](Signals& s) { s.complaints = 50; }, 30},
       }) {
    Signals signals = Usual();
    c.change(signals);
    std::int64_t points = 0;
    for (const Part& part : Assess({}, signals, {}).parts) {
      if (part.name == c.name) points = part.points;
    }
    EXPECT_EQ(points, c.points) << c.name << " " << testing::PrintToString(signals.recipients);
  }
}

TEST(DetectorPolicy, StopsAtTheStepThatTheAccountAllows) {
  EXPECT_EQ(Assess({}, Stolen(), {true, 0}).step, Step::kNotice);
  Signals few = Stolen();
  few.recipients = few.new_recipients = 19;
  DetectorRules strict;
  strict.suspend_score = strict.throttle_score = strict.notice_score = 10;
  EXPECT_EQ(Assess(strict, few, {}).step, Step::kNotice);
  few.recipients = few.new_recipients = 20;
  EXPECT_EQ(Assess(strict, few, {}).step, Step::kSuspend);
}

TEST(DetectorPolicy, FeedbackAloneIsNoMoreThanANotice) {
  Signals signals = Usual();
  signals.recipients = 0;
  signals.bounces = signals.complaints = 1'000;
  EXPECT_EQ(Assess({}, signals, {}).step, Step::kNotice);
}

TEST(DetectorPolicy, ARaisedLimitRaisesWhatIsExpected) {
  Signals signals = Usual();
  signals.recipients = signals.new_recipients = signals.day_recipients = 3'000;
  signals.unknown_recipients = 30;
  EXPECT_EQ(Assess({}, signals, {}).step, Step::kSuspend);
  EXPECT_EQ(Assess({}, signals, {false, 5'000}).step, Step::kNone);
}

TEST(DetectorPolicy, OffSeesNothing) {
  DetectorRules rules;
  rules.mode = limits::Mode::kOff;
  EXPECT_EQ(Assess(rules, Stolen(), {}).score, 0);
}

TEST(DetectorPolicy, StepsFollowTheScore) {
  DetectorRules rules;
  rules.suspend_score = 1'000;
  EXPECT_EQ(Assess(rules, Stolen(), {}).step, Step::kThrottle);
  rules.throttle_score = 1'000;
  EXPECT_EQ(Assess(rules, Stolen(), {}).step, Step::kNotice);
  EXPECT_EQ(Name(Step::kNotice), "notice");
}

TEST(DetectorOptions, TheSampleIsTheDefault) {
  DetectorRules rules;
  config::OptionTable table("gatepost-ratelimit", "ratelimit.toml");
  Declare(table, rules);
  EXPECT_NO_THROW(table.Parse(table.FormatToml(), "ratelimit.toml"));
  EXPECT_EQ(FindContradiction(rules), "");
}

TEST(DetectorOptions, EachSetsItsOwnValue) {
  DetectorRules rules;
  config::OptionTable table("gatepost-ratelimit", "ratelimit.toml");
  Declare(table, rules);
  table.Parse(
      "[detector]\nmode = \"shadow\"\nnotice_score = 1\nthrottle_score = 2\nsuspend_score = 3\n"
      "min_recipients = 4\nusual_recipients = 5\nnew_account_recipients = 6\nweight_rate = 7\n"
      "weight_day = 8\nweight_new = 9\nweight_unknown = 10\nweight_networks = 11\n"
      "weight_addresses = 12\nweight_countries = 13\nweight_night = 14\nweight_bounces = 15\n"
      "weight_complaints = 16\n"
      "never_suspend = \"/a\"\ncountry_file = \"/b\"\n",
      "ratelimit.toml");
  std::vector<std::int64_t> weights;
  for (const SignRow& row : kSigns) weights.push_back(rules.weights[row.sign]);
  EXPECT_EQ(rules.mode, limits::Mode::kShadow);
  EXPECT_THAT(
      (std::vector{rules.notice_score, rules.throttle_score, rules.suspend_score,
                   rules.min_recipients, rules.usual_recipients, rules.new_account_recipients}),
      testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(weights, testing::ElementsAre(7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
  EXPECT_EQ(rules.never_suspend + rules.country_file, "/a/b");
}

TEST(DetectorOptions, StepsInTheWrongOrderAreAContradiction) {
  DetectorRules rules;
  rules.throttle_score = 90;
  EXPECT_EQ(FindContradiction(rules),
            "detector: notice_score, throttle_score and suspend_score must not go down in this "
            "order");
}

}  // namespace
}  // namespace gatepost::ratelimit
