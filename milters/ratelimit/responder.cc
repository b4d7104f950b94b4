#include "milters/ratelimit/responder.h"

#include <exception>
#include <random>
#include <utility>
#include <vector>

#include "common/limits/subject.h"
#include "common/log/log.h"
#include "common/store/keys.h"
#include "milters/ratelimit/watch.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using accounts::Suspension;
using std::chrono::steady_clock;

constexpr auto kLook = 250ms;
constexpr auto kStoreTime = 2s;
// One that is older when the program starts was followed by whoever ran before.
constexpr auto kFresh = 1min;
constexpr auto kJournalsWritten = 5s;
constexpr auto kKeepEvidence = std::chrono::hours(24 * 90);
constexpr std::size_t kMostEvidence = 2'000;

std::string RandomName() {
  std::random_device random;
  return std::to_string(random()) + "." + std::to_string(random());
}

std::string Who(const Suspension& suspension) {
  return suspension.by.empty() ? "unknown" : suspension.by;
}

}  // namespace

Responder::Responder(Site site, ResponseRules rules, Ask ask)
    : site_(site), rules_(std::move(rules)), ask_(std::move(ask)), me_(RandomName()) {
  for (const auto& [account, suspension] : site_.suspensions.All()) {
    if (site_.clock.Wall() - suspension.since > kFresh) seen_.emplace(account, suspension.since);
  }
  thread_ = std::thread([this] { Run(); });
}

Responder::~Responder() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Responder::Act(const std::string& account, Suspension::Level level, const std::string& reason,
                    const std::string& reference) {
  Suspension suspension;
  suspension.level = level;
  suspension.since = site_.clock.Wall();
  suspension.by = "detector";
  suspension.reason = reason;
  suspension.reference = reference;
  if (const auto done = site_.suspensions.Suspend(account, suspension); !done) {
    log::Error("suspend_failed").With("user", account).With("reason", done.error().message);
  }
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_all();
}

void Responder::Warn(const std::string& account, const std::string& reason,
                     const std::string& reference) {
  site_.journal.Report({"account_suspicious", account, reason + " (reference " + reference + ")"});
  site_.notices.Post({NoticeKind::kSuspicious,
                      account,
                      {{"evidence", reason}, {"reference", reference}},
                      "suspicious",
                      24h,
                      false});
}

void Responder::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kLook, [this] { return woken_ || stopping_; });
    if (stopping_) return;
    woken_ = false;
    lock.unlock();
    try {
      LookForNew();
      SettleOwed();
    } catch (const std::exception& error) {
      log::Error("responder_failed").With("reason", error.what());
    }
    lock.lock();
  }
}

void Responder::LookForNew() {
  Seen present;
  for (const auto& [account, suspension] : site_.suspensions.All()) {
    present.emplace(account, suspension.since);
    if (seen_.contains({account, suspension.since})) continue;
    seen_.emplace(account, suspension.since);
    Follow(account, suspension);
  }
  LookForLifted(present);
  seen_ = std::move(present);
}

// The detector must not find again at once what an administrator has looked at.
void Responder::LookForLifted(const Seen& present) {
  for (const auto& [account, since] : seen_) {
    if (present.contains({account, since})) continue;
    log::Info("account_resumed").With("user", account);
    const WatchCall forgive = WatchCall::Forgive(limits::UserText(account));
    const auto call = forgive.script();
    const auto done = site_.store.shared().Run(call.script, call.keys, call.arguments,
                                               steady_clock::now() + kStoreTime);
    if (!done)
      log::Warning("not_forgiven").With("user", account).With("reason", done.error().message);
  }
}

// Sessions end on each host that has some; people are told once.
void Responder::Follow(const std::string& account, const Suspension& suspension) {
  const bool suspended = suspension.level == Suspension::Level::kSuspend;
  if (suspended && rules_.kick) AskFor("kick", account);
  if (!IsOurs(account, suspension)) return;
  if (suspended && rules_.new_password && suspension.by == "detector") {
    AskFor("new-password", account);
  }
  log::Warning(suspended ? "account_suspended" : "account_throttled")
      .With("user", account)
      .With("by", Who(suspension))
      .With("reference", suspension.reference)
      .With("reason", suspension.reason);
  site_.journal.Report({suspended ? "account_suspended" : "account_throttled", account,
                        suspension.reason + " (by " + Who(suspension) + ", reference " +
                            suspension.reference + ")"});
  if (!suspension.reference.empty()) owed_.emplace_back(account, suspension);
  Tell(account, suspension);
}

void Responder::AskFor(const std::string& verb, const std::string& account) {
  const std::string wrong = ask_(verb, account);
  if (wrong.empty()) return;
  log::Warning("privileged_failed").With("verb", verb).With("user", account).With("reason", wrong);
  site_.journal.Report({"privileged_failed", account, verb + ": " + wrong});
}

// Where the store is away, every host does what one should do.
bool Responder::IsOurs(const std::string& account, const Suspension& suspension) {
  const std::string name =
      "suspension " + account + " " + std::to_string(suspension.since.time_since_epoch().count());
  const auto held = site_.store.shared().AcquireLease(store::KeyMaker::Lease(name), me_, 1h,
                                                      steady_clock::now() + kStoreTime);
  return !held || *held;
}

// Not before the journals of all hosts have written what they had when it happened.
void Responder::SettleOwed() {
  const base::WallTime now = site_.clock.Wall();
  std::erase_if(owed_, [&](const auto& owed) {
    if (now - owed.second.since < kJournalsWritten) return false;
    KeepEvidence(owed.first, owed.second);
    return true;
  });
}

// The account's messages of the last days, under the event's reference: they stay when the journal
// has forgotten them.
void Responder::KeepEvidence(const std::string& account, const Suspension& suspension) {
  const auto deadline = steady_clock::now() + kStoreTime;
  store::Store& store = site_.store.shared();
  const auto messages =
      store.Newest(store::KeyMaker::AccountMessages(account), kMostEvidence, deadline);
  if (!messages || messages->empty()) return;
  const store::Key key = store::KeyMaker::Evidence(suspension.reference);
  std::vector<store::Store::StreamEntry> entries;
  for (auto message = messages->rbegin(); message != messages->rend(); ++message) {
    entries.push_back({key, *message, kMostEvidence, kKeepEvidence});
  }
  if (const auto kept = store.Append(entries, deadline); !kept) {
    log::Warning("evidence_lost").With("user", account).With("reason", kept.error().message);
  }
}

void Responder::Tell(const std::string& account, const Suspension& suspension) {
  const bool suspended = suspension.level == Suspension::Level::kSuspend;
  site_.notices.Post({suspended ? NoticeKind::kSuspended : NoticeKind::kThrottled,
                      account,
                      {{"evidence", suspension.reason},
                       {"reference", suspension.reference},
                       {"by", Who(suspension)}},
                      std::to_string(suspension.since.time_since_epoch().count()),
                      1h,
                      rules_.tell_owner});
}

}  // namespace gatepost::ratelimit
