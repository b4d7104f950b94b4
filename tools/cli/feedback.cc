#include "tools/cli/feedback.h"

#include <charconv>
#include <cstdint>
#include <system_error>

#include "common/base/strings.h"
#include "common/limits/subject.h"
#include "common/limits/watch_feedback.h"
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

}  // namespace

int Feedback(Context& context, Arguments& arguments) {
  const std::string user = arguments.Take("a user");
  arguments.Finish();
  const std::int64_t bounces = ParseNumber(arguments.Option("bounces"));
  const std::int64_t complaints = ParseNumber(arguments.Option("complaints"));
  if (bounces + complaints == 0) throw UsageError("needs --bounces or --complaints");
  const std::string account = context.names.Canonicalize(user).name;
  const auto keys = limits::WatchKeys(limits::UserText(account));
  Take(context.store.Run(store::scripts::kWatch, keys,
                         limits::FeedbackArguments(bounces, complaints), context.Deadline()));
  context.out << base::Printable(account, 320) << ": noted " << bounces << " bounces, "
              << complaints << " complaints.\n";
  return 0;
}

}  // namespace gatepost::cli
