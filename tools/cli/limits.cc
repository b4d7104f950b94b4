#include "tools/cli/limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>

#include "common/base/strings.h"
#include "common/config/units.h"
#include "common/limits/limit.h"
#include "common/limits/limit_table.h"
#include "common/limits/overrides.h"
#include "common/limits/recipient_cap.h"
#include "common/limits/subject.h"
#include "common/store/keys.h"
#include "common/store/limit_state.h"
#include "common/store/script.h"
#include "tools/cli/limit_usage.h"
#include "tools/cli/subject_words.h"

namespace gatepost::cli {
namespace {

using limits::Limit;
using limits::Override;
using limits::Overrides;
using limits::Scope;
using store::KeyMaker;

constexpr std::int64_t kMostHours = 48;  // counters are kept so long
constexpr std::size_t kMostShown = 1'000;

Overrides::Options ByHand() {
  Overrides::Options options;
  options.refresh = std::chrono::hours(1);
  return options;
}

Scope ParseScope(Context& context, const std::string& words) {
  auto scope = Scope::Parse(words, context.names);
  if (!scope) throw UsageError(scope.error().message);
  return *std::move(scope);
}

// As the store counts it: clients and networks have one text for many addresses.
std::string SubjectText(Context& context, const std::string& words) {
  const auto parts = base::SplitOnce(words, ' ');
  const bool pair = words.find(" + ") != std::string::npos;
  if (!pair && parts && (parts->first == "client" || parts->first == "network")) {
    const auto address = base::IpAddress::Parse(parts->second.substr(0, parts->second.find('/')));
    if (!address) throw UsageError(address.error().message);
    return std::string(parts->first) + " " +
           (parts->first == "client" ? limits::ClientText(*address)
                                     : limits::NetworkText(*address));
  }
  return ParseScope(context, words).text;
}

std::int64_t ParseCount(const std::string& text, std::int64_t otherwise, std::int64_t most) {
  if (text.empty()) return otherwise;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || count < 1 || count > most) {
    throw UsageError("\"" + base::Printable(text, 40) + "\" is no number from 1 to " +
                     std::to_string(most));
  }
  return count;
}

// What `parse` makes of the lines that the hosts have in force, each once.
template <class Parse>
auto Active(Context& context, Parse parse) {
  std::vector<typename decltype(parse(std::string_view()))::value_type> active;
  const auto by_host = Take(context.store.GetFields(KeyMaker::LimitLines(), context.Deadline()));
  for (const auto& [host, lines] : by_host) {
    for (const std::string_view line : base::Split(lines, '\n')) {
      const auto value = parse(line);
      if (value && std::ranges::find(active, *value) == active.end()) active.push_back(*value);
    }
  }
  return active;
}

std::vector<Limit> ActiveLimits(Context& context) { return Active(context, Limit::Parse); }

std::vector<limits::RecipientCap> ActiveCaps(Context& context) {
  return Active(context, limits::RecipientCap::Parse);
}

// What was set for this subject about the recipients of one message.
std::optional<Override> CapOf(Context& context, const std::string& words) {
  const auto scope = Scope::Parse(words, context.names);
  if (!scope) return std::nullopt;
  Overrides overrides(context.store, ByHand());
  Take(overrides.Refresh());
  auto cap = overrides.Find(*scope, limits::kRecipientsPerMessage);
  const bool ended = cap && cap->until && *cap->until <= context.clock.Wall();
  return ended ? std::nullopt : cap;
}

// A counter of gatepost-ratelimit, of these hours.
std::int64_t Sum(Context& context, const std::string& metric, std::int64_t hours) {
  const std::int64_t now =
      std::chrono::floor<std::chrono::minutes>(context.clock.Wall()).time_since_epoch().count();
  std::vector<store::Key> keys;
  for (std::int64_t minute = now - hours * 60; minute <= now; ++minute) {
    keys.push_back(KeyMaker::Counter("gatepost-ratelimit", metric, minute));
  }
  std::int64_t sum = 0;
  for (const auto& value : Take(context.store.GetAll(keys, context.Deadline()))) {
    std::int64_t count = 0;
    if (value) std::from_chars(value->data(), value->data() + value->size(), count);
    sum += count;
  }
  return sum;
}

// How many were refused, or would have been, in words.
std::string Refused(Context& context, const std::string& metric, std::int64_t hours) {
  const bool shadow = metric.starts_with("ratelimit.shadow.");
  return (shadow ? "would have refused " : "refused ") +
         std::to_string(Sum(context, metric, hours)) + " in " + std::to_string(hours) + " h";
}

// Rules beside the limits, as their counters are called. Each may be in shadow mode, too; no host
// tells which are in force, so only what happened is shown.
struct Rule {
  std::string_view name;
  std::string_view meaning;
};
constexpr std::array kRules{
    Rule{"web_mail", "mail from web hosts without a user"},
    Rule{"detector.throttle", "messages of accounts that would be slowed down"},
    Rule{"detector.suspend", "messages of accounts that would be suspended"},
};

void AddRule(Context& context, const Rule& rule, std::int64_t hours, Columns& rows) {
  const std::string name(rule.name);
  const std::int64_t refused = Sum(context, "ratelimit.refused." + name, hours);
  const std::int64_t would = Sum(context, "ratelimit.shadow." + name, hours);
  if (refused + would == 0) return;
  std::string text;
  if (refused > 0) text = "refused " + std::to_string(refused);
  if (refused > 0 && would > 0) text += ", ";
  if (would > 0) text += "would have refused " + std::to_string(would);
  rows.Add({name, std::string(rule.meaning), text + " in " + std::to_string(hours) + " h"});
}

int ListLimits(Context& context, Arguments& arguments) {
  arguments.Finish();
  const std::int64_t hours = ParseCount(arguments.Option("hours"), 24, kMostHours);
  Columns rows;
  for (const Limit& limit : ActiveLimits(context)) {
    const bool shadow = limit.mode == limits::Mode::kShadow;
    const std::string metric = (shadow ? "ratelimit.shadow." : "ratelimit.limit.") + limit.name;
    rows.Add({limit.name, limit.Format(), Refused(context, metric, hours)});
  }
  for (const limits::RecipientCap& cap : ActiveCaps(context)) {
    const std::string metric = (cap.shadow ? "ratelimit.shadow." : "ratelimit.refused.") +
                               std::string("recipients_per_message");
    rows.Add({std::string(limits::kRecipientsPerMessage), cap.Format(),
              Refused(context, metric, hours)});
  }
  if (rows.empty()) context.out << "No host has told of limits yet.\n";
  for (const Rule& rule : kRules) AddRule(context, rule, hours, rows);
  rows.Print(context.out);
  return 0;
}

int Show(Context& context, Arguments& arguments) {
  const std::string words = TakeSubjectWords(arguments);
  const std::string subject = SubjectText(context, words);
  arguments.Finish();
  const auto value = Take(context.store.Get(KeyMaker::Limits(subject), context.Deadline()));
  const auto cap = CapOf(context, words);
  if (cap) {
    context.out << subject << ": " << limits::RecipientCap{cap->amount, false}.Format()
                << ", set by " << base::Printable(cap->by) << "\n";
  }
  if (!value && cap) return 0;
  if (!value) {
    context.out << "Nothing is counted for " << subject << " at the moment.\n";
    return kExitNotFound;
  }
  const auto state = Take(store::LimitState::Parse(*value));
  context.out << subject << "\n";
  DescribeUsage(state, context.clock.Wall(), ActiveLimits(context)).Print(context.out, "  ");
  return 0;
}

std::optional<base::WallTime> ParseUntil(Context& context, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto time = config::ParseDuration(text);
  if (!time) throw UsageError("--until needs a time such as 12h or 7d");
  return context.clock.Wall() + std::chrono::duration_cast<base::WallTime::duration>(*time);
}

// Amounts may be sizes only where the limit counts bytes. What fits no limit is refused here: the
// programs would keep it and never use it.
std::int64_t ParseAmount(const std::string& text, const Scope& scope, const std::string& name,
                         const std::vector<Limit>& active) {
  const auto known = std::ranges::find(active, name, &Limit::name);
  const auto amount = limits::ParseAmount(
      text, known == active.end() ? limits::Counted::kMessages : known->counted);
  const auto misfit = limits::FindMisfit(scope, name, amount.value_or(limits::kUnlimited), active);
  if (misfit) throw UsageError(*misfit);
  if (!amount) throw UsageError(amount.error().message);
  return *amount;
}

int Set(Context& context, Arguments& arguments) {
  const Scope scope = ParseScope(context, TakeSubjectWords(arguments));
  const std::string name = arguments.Take("the limit's name, or * for all");
  Override value;
  const std::string amount = arguments.Take("an amount, \"unlimited\" or \"off\"");
  arguments.Finish();
  value.amount = ParseAmount(amount, scope, name, ActiveLimits(context));
  value.until = ParseUntil(context, arguments.Option("until"));
  value.since = context.clock.Wall();
  value.by = context.administrator;
  value.why = arguments.Option("why");
  Overrides overrides(context.store, ByHand());
  Take(overrides.Refresh());
  Take(overrides.Set(scope, name, value));
  Take(overrides.Refresh());
  context.out << scope.text << " has another amount for " << name
              << ", on every host within two seconds.\n";
  return 0;
}

int Unset(Context& context, Arguments& arguments) {
  const Scope scope = ParseScope(context, TakeSubjectWords(arguments));
  const std::string name = arguments.Take("the limit's name, or * for all");
  arguments.Finish();
  Overrides overrides(context.store, ByHand());
  Take(overrides.Refresh());
  if (!overrides.Find(scope, name)) {
    context.out << "There is no such override.\n";
    return kExitNotFound;
  }
  Take(overrides.Reset(scope, name));
  Take(overrides.Refresh());
  context.out << scope.text << " has the usual amount for " << name << " again.\n";
  return 0;
}

int ListOverrides(Context& context, Arguments& arguments) {
  arguments.Finish();
  Overrides overrides(context.store, ByHand());
  Take(overrides.Refresh());
  Columns rows;
  for (const auto& [scope, limit, value] : overrides.All()) {
    const bool ended = value.until && *value.until < context.clock.Wall();
    rows.Add({scope, limit, limits::FormatAmount(value.amount, limits::Counted::kMessages),
              value.until ? (ended ? "ended " : "until ") + FormatTime(*value.until) : "",
              "by " + base::Printable(value.by), base::Printable(value.why, 200)});
  }
  if (rows.empty()) context.out << "Nothing is overridden.\n";
  rows.Print(context.out);
  return 0;
}

int Reset(Context& context, Arguments& arguments) {
  const std::string subject = SubjectText(context, TakeSubjectWords(arguments));
  arguments.Finish();
  const store::Key key = KeyMaker::Limits(subject);
  const auto there =
      Take(context.store.Run(store::scripts::kLimitsReset, {&key, 1}, {}, context.Deadline()));
  if (there.empty() || there[0] == 0) {
    context.out << "Nothing was counted for " << subject << ".\n";
    return kExitNotFound;
  }
  context.out << "What was counted for " << subject << " is forgotten.\n";
  return 0;
}

int Top(Context& context, Arguments& arguments) {
  arguments.Finish();
  const std::int64_t count = ParseCount(arguments.Option("count"), 20, kMostShown);
  FindNearest(context, static_cast<std::size_t>(count), ActiveLimits(context)).Print(context.out);
  return 0;
}

struct Verb {
  std::string_view name;
  int (*run)(Context&, Arguments&);
};
constexpr std::array kVerbs{Verb{"show", Show},   Verb{"set", Set},
                            Verb{"unset", Unset}, Verb{"overrides", ListOverrides},
                            Verb{"reset", Reset}, Verb{"top", Top}};

}  // namespace

int Limits(Context& context, Arguments& arguments) {
  if (arguments.AtEnd()) return ListLimits(context, arguments);
  const std::string word = arguments.Take("a verb");
  const auto verb = std::ranges::find(kVerbs, word, &Verb::name);
  if (verb == kVerbs.end()) {
    throw UsageError("limits: show, set, unset, overrides, reset or top, not \"" +
                     base::Printable(word, 40) + "\"");
  }
  return verb->run(context, arguments);
}

}  // namespace gatepost::cli
