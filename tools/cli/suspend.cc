#include "tools/cli/suspend.h"

#include "common/accounts/evidence.h"
#include "common/accounts/suspensions.h"
#include "common/base/strings.h"
#include "common/limits/reservation_id.h"
#include "common/limits/subject.h"
#include "common/limits/watch_feedback.h"
#include "common/store/script.h"

namespace gatepost::cli {
namespace {

using accounts::Suspension;
using accounts::Suspensions;

// Read and written by hand: no copy on disk, no thread that asks again soon.
Suspensions::Options ByHand() {
  Suspensions::Options options;
  options.refresh = std::chrono::hours(1);
  return options;
}

std::string TakeAccount(Context& context, Arguments& arguments) {
  const std::string user = arguments.Take("a user");
  arguments.Finish();
  return context.names.Canonicalize(user).name;
}

std::string_view Name(Suspension::Level level) {
  return level == Suspension::Level::kSuspend ? "suspended" : "slowed down";
}

// Of a suspension that is there already: what is told and kept stands under it.
std::string ReferenceFor(const Suspensions& suspensions, const std::string& account) {
  const auto present = suspensions.Find(account);
  const bool same = present && present->level == Suspension::Level::kSuspend;
  return same && !present->reference.empty() ? present->reference : limits::ReservationIds().Next();
}

}  // namespace

int Suspend(Context& context, Arguments& arguments) {
  const std::string account = TakeAccount(context, arguments);
  Suspensions suspensions(context.store, ByHand());
  Take(suspensions.Refresh());
  Suspension suspension;
  suspension.since = context.clock.Wall();
  suspension.by = context.administrator;
  suspension.reason = arguments.Option("why");
  suspension.reference = ReferenceFor(suspensions, account);
  Take(suspensions.Suspend(account, suspension));
  Take(suspensions.Refresh());
  context.out << account << " is suspended: its mail is refused on every host within a second.\n"
              << "Reference: " << suspension.reference << "\n";
  Take(accounts::KeepEvent(context.store, account, suspension, context.Deadline()));
  return 0;
}

int Resume(Context& context, Arguments& arguments) {
  const std::string account = TakeAccount(context, arguments);
  Suspensions suspensions(context.store, ByHand());
  Take(suspensions.Refresh());
  if (!suspensions.Find(account)) {
    context.out << base::Printable(account) << " is not suspended.\n";
    return kExitNotFound;
  }
  // First, as the next message must not be held against what was counted before.
  Take(context.store.Run(store::scripts::kWatch, limits::WatchKeys(limits::UserText(account)),
                         limits::ForgiveArguments(), context.Deadline()));
  Take(suspensions.Resume(account));
  Take(suspensions.Refresh());
  context.out << account << " may send again, on every host within a second.\n";
  return 0;
}

int ListSuspended(Context& context, Arguments& arguments) {
  arguments.Finish();
  Suspensions suspensions(context.store, ByHand());
  Take(suspensions.Refresh());
  Columns rows;
  for (const auto& [account, suspension] : suspensions.All()) {
    rows.Add({base::Printable(account), std::string(Name(suspension.level)),
              "since " + FormatTime(suspension.since), "by " + base::Printable(suspension.by),
              suspension.reference, base::Printable(suspension.reason, 512)});
  }
  if (rows.empty()) context.out << "No account is suspended.\n";
  rows.Print(context.out);
  return 0;
}

}  // namespace gatepost::cli
