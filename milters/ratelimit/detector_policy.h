// Is this account in the hands of somebody else? A score, the sum of parts that each say in words
// what was seen, and the step that it calls for. Pure; any thread.
//
//   part        most  what gives points
//   rate          60  recipients within an hour above what is to be expected: a quarter of the
//                     weight for each doubling
//   day           40  the same within a day, above four times of what is expected within an hour or
//                     the account's own peak of a day
//   new           30  share of recipients that the account never wrote to, above its usual share:
//                     all of it at 60 % above
//   unknown       30  share of recipients that do not exist here: from 5 % on, all of it at 30 %
//   networks      45  networks within the hour from which no accepted mail came a day ago or
//                     before: 23 for the first (less while the account is young), 10 for each more
//   countries     24  the same with countries: 8 for the first, 12 for each more
//   night         10  next to none of its mail leaves at this time of day
//   bounces       20  of the last day, above what is bearable: all of it at four times that
//   complaints    30  of the last day: a third for each above what is bearable
//
// To be expected within an hour is the greatest of: usual_recipients, the account's own decaying
// peak, half of the limit that somebody raised for it; a young account has new_account_recipients.
// Below that number new, unknown, networks, countries and night weigh less in proportion: who sends
// little is never suspicious. Networks, countries and night give two fifths where no more
// recipients are new than usual: a traveller writes to people he knows. Below min_recipients
// (and ten times as many within the day) there is never more than a notice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/limits/limit.h"

namespace gatepost::ratelimit {

struct DetectorWeights {
  std::int64_t rate = 60;
  std::int64_t day = 40;
  std::int64_t new_recipients = 30;
  std::int64_t unknown = 30;
  std::int64_t networks = 45;
  std::int64_t countries = 24;
  std::int64_t night = 10;
  std::int64_t bounces = 20;
  std::int64_t complaints = 30;
};

struct DetectorRules {
  limits::Mode mode = limits::Mode::kEnforce;
  std::int64_t notice_score = 50;
  std::int64_t throttle_score = 65;
  std::int64_t suspend_score = 80;
  std::int64_t min_recipients = 20;
  std::int64_t usual_recipients = 20;
  std::int64_t new_account_recipients = 50;
  DetectorWeights weights;
  std::string never_suspend;  // path of a table, one account a line
  std::string country_file;   // path
};

// What the store remembers of an account, as watch.h reads it: never negative, bounded.
struct Signals {
  bool new_recipient = false;  // the one that was asked about
  // Within the last hour, about.
  std::int64_t recipients = 0;
  std::int64_t new_recipients = 0;
  std::int64_t unknown_recipients = 0;
  std::int64_t addresses = 0;
  std::int64_t networks = 0;
  std::int64_t unfamiliar_networks = 0;
  std::int64_t countries = 0;
  std::int64_t unfamiliar_countries = 0;
  // What is usual.
  double usual_recipients = 0;  // in an hour with mail
  double peak_recipients = 0;
  std::int64_t active_hours = 0;  // with mail, at most 1,000
  std::int64_t remembered = 0;    // accepted recipients, the latest few hundred
  std::int64_t remembered_new = 0;
  std::int64_t timed_messages = 0;
  double share_at_this_time = 0;  // of all its mail, within an hour or so of now
  // Within the last day, about.
  std::int64_t bounces = 0;
  std::int64_t complaints = 0;
  std::int64_t day_recipients = 0;
  double peak_day_recipients = 0;  // usual
  friend bool operator==(const Signals&, const Signals&) = default;
};

// What is agreed on with an account.
struct AccountTerms {
  bool never_suspend = false;            // a notice at most
  std::int64_t raised_hourly_limit = 0;  // recipients an hour, where it has a limit of its own
};

enum class Step { kNone, kNotice, kThrottle, kSuspend };

struct Part {
  std::string_view name;  // "rate", "networks": as in the table above
  std::int64_t points = 0;
  std::string evidence;  // "41 recipients within an hour, usually 3 and at most 8"
  friend bool operator==(const Part&, const Part&) = default;
};

struct Assessment {
  Step step = Step::kNone;
  std::int64_t score = 0;  // 0 to 289 with the default weights
  // So far from a notice that the message may become an example of what is usual.
  bool usual = true;
  std::vector<Part> parts;  // the greatest first; none without points

  // All parts in one line: "41 recipients within an hour, ... (28); 38 of 41 ... (30)".
  std::string Evidence() const;
  // Their names: "rate new".
  std::string Names() const;
};

Assessment Assess(const DetectorRules& rules, const Signals& signals, const AccountTerms& terms);

std::string_view Name(Step step);  // "none", "notice", "throttle", "suspend"

}  // namespace gatepost::ratelimit
