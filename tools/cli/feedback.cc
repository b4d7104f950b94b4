#include "tools/cli/feedback.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

#include "common/accounts/streams.h"
#include "common/base/strings.h"
#include "common/limits/subject.h"
#include "common/limits/watch_feedback.h"
#include "common/reputation/reputation.h"
#include "common/store/script.h"

namespace gatepost::cli {
namespace {

constexpr std::int64_t kMost = 1'000'000;

std::int64_t ParseNumber(const std::string& text) {
  if (text.empty()) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || number < 0 || number > kMost) {
    throw UsageError("\"" + base::Printable(text, 40) + "\" is no number from 0 to " +
                     std::to_string(kMost));
  }
  return number;
}

// The one that was named; else the account's own, where no header of the mail decides it.
std::string StreamOf(Context& context, const std::string& named, const accounts::Account& account) {
  const auto table = accounts::StreamTable::Load(context.site.accounts.streams, context.names);
  if (named.empty()) {
    const std::string domain = account.domain ? account.domain->ascii() : "";
    return std::string(table->FindWithoutHeaders(account.name, domain).value_or(""));
  }
  const auto known = table->names();
  if (std::ranges::find(known, named) != known.end()) return named;
  throw UsageError("the table accounts.streams has no stream \"" + base::Printable(named, 40) +
                   "\"");
}

void TellStream(Context& context, const reputation::Subject& stream, std::int64_t bounces,
                std::int64_t complaints) {
  using reputation::EventKind;
  for (const auto& [event, times] :
       {std::pair(EventKind::kBounce, bounces), std::pair(EventKind::kComplaint, complaints)}) {
    if (times == 0) continue;
    Take(reputation::TellNow(context.store, stream, event, times, context.Deadline()));
  }
}

}  // namespace

int Feedback(Context& context, Arguments& arguments) {
  const std::string user = arguments.Take("a user");
  arguments.Finish();
  const std::int64_t bounces = ParseNumber(arguments.Option("bounces"));
  const std::int64_t complaints = ParseNumber(arguments.Option("complaints"));
  if (bounces + complaints == 0) throw UsageError("needs --bounces or --complaints");
  const accounts::Account account = context.names.Canonicalize(user);
  const std::string stream = StreamOf(context, arguments.Option("stream"), account);
  const auto keys = limits::WatchKeys(limits::UserText(account.name));
  Take(context.store.Run(store::scripts::kWatch, keys,
                         limits::FeedbackArguments(bounces, complaints), context.Deadline()));
  context.out << base::Printable(account.name, 320) << ": noted " << bounces << " bounces, "
              << complaints << " complaints";
  if (!stream.empty() && account.domain) {
    const auto subject = reputation::Subject::Stream(*account.domain, stream);
    TellStream(context, subject, bounces, complaints);
    context.out << ", also of " << subject.text();
  }
  context.out << ".\n";
  return 0;
}

}  // namespace gatepost::cli
