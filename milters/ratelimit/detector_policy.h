// Is this account in the hands of somebody else? A score, the sum of parts that each say in words
// what was seen, and the step that it calls for. Pure; any thread.
//
// The parts, what gives points and how many at most stand in kSigns.
//
// To be expected within an hour is the greatest of: usual_recipients, the account's own decaying
// peak, half of the limit that somebody raised for it; a young account has new_account_recipients.
// Below that number new, unknown, networks, addresses, countries and night weigh less in
// proportion: who sends little is never suspicious. Places and times give two fifths where no more
// recipients are new than usual: a traveller writes to people he knows. Below min_recipients (and
// ten times as many within the day) there is never more than a notice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/limits/limit.h"

namespace gatepost::ratelimit {

enum class Sign {
  kRate,
  kDay,
  kNew,
  kUnknown,
  kNetworks,
  kAddresses,
  kCountries,
  kNight,
  kBounces,
  kComplaints,
};

// The one table of what is looked at: a part of the evidence, and the option weight_NAME.
struct SignRow {
  Sign sign;
  std::string_view name;
  std::int64_t most;         // points by default
  std::string_view meaning;  // of the option
};
inline constexpr std::array<SignRow, 10> kSigns = {{
    {Sign::kRate, "rate", 60,
     "Most points for more recipients within an hour than the account has ever had: all at 16 "
     "times as many, a quarter for each doubling."},
    {Sign::kDay, "day", 40,
     "The same within a day: above four times what is expected within an hour, and above the "
     "account's own peak of a day."},
    {Sign::kNew, "new", 30,
     "Most points for recipients that the account never wrote to, above its usual share: all at "
     "60 % above."},
    {Sign::kUnknown, "unknown", 30,
     "Most points for recipients that Postfix refuses as unknown: from 5 % on, all at 30 %."},
    {Sign::kNetworks, "networks", 45,
     "Most points for client networks (/24, /64) within an hour from which no accepted mail came a "
     "day ago or before: half for the first (less while the account is young), two ninths for each "
     "more."},
    {Sign::kAddresses, "addresses", 15,
     "Most points for client addresses within an hour beyond one for each network: none for the "
     "first three, as several devices and mobile carriers have them, then a quarter for each. An "
     "IPv6 /64 is one address."},
    {Sign::kCountries, "countries", 24,
     "Most points for countries within an hour that the account has not sent from before: a third "
     "for the first, half for each more."},
    {Sign::kNight, "night", 10,
     "Points for sending at a time of day when less than 2 % of the account's mail leaves."},
    {Sign::kBounces, "bounces", 20,
     "Most points for bounces within a day above what is bearable: all at four times that."},
    {Sign::kComplaints, "complaints", 30,
     "Most points for complaints within a day: a third for each above what is bearable."},
}};

// Most points of each sign.
class DetectorWeights {
 public:
  constexpr DetectorWeights() {
    for (const SignRow& row : kSigns) (*this)[row.sign] = row.most;
  }
  constexpr std::int64_t& operator[](Sign sign) { return most_[static_cast<std::size_t>(sign)]; }
  constexpr std::int64_t operator[](Sign sign) const {
    return most_[static_cast<std::size_t>(sign)];
  }

 private:
  std::array<std::int64_t, kSigns.size()> most_{};
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
  std::string_view name;  // SignRow::name
  std::int64_t points = 0;
  std::string evidence;  // "41 recipients within an hour, usually 3 and at most 8"
  friend bool operator==(const Part&, const Part&) = default;
};

struct Assessment {
  Step step = Step::kNone;
  std::int64_t score = 0;  // 0 to 304 with the default weights
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
