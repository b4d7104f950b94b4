#include "milters/ratelimit/responder.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <exception>
#include <optional>
#include <random>

#include "common/accounts/evidence.h"
#include "common/limits/subject.h"
#include "common/log/log.h"
#include "common/store/keys.h"
#include "milters/ratelimit/notice_words.h"
#include "milters/ratelimit/sent_mail.h"
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
constexpr auto kDayBefore = 24h;
// Hosts that find an account at the same moment write an entry each. They see each other's long
// before this is over. A host that hears of one later was away, and others have told.
constexpr auto kToldOnceIn = 10min;

std::string RandomName() {
  std::random_device random;
  return std::to_string(random()) + "." + std::to_string(random());
}

std::string Who(const Suspension& suspension) {
  return suspension.by.empty() ? "unknown" : suspension.by;
}

std::string SignalsOf(const Suspension& suspension) {
  return suspension.by == accounts::kDetector ? suspension.signals : std::string(kByAdministrator);
}

// "2026-11-22 14:05 UTC"
std::string FormatMinute(base::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return {text.data(), size};
}

bool IsSuspended(const Suspension& suspension) {
  return suspension.level == Suspension::Level::kSuspend;
}

store::Key LeaseOf(const std::string& account, Suspension::Level level) {
  return store::KeyMaker::Lease(std::string(accounts::EventKind(level)) + " " + account);
}

base::Deadline StoreDeadline() { return steady_clock::now() + kStoreTime; }

}  // namespace

Responder::Responder(Site site, ResponseRules rules, Ask ask)
    : site_(site),
      rules_(std::move(rules)),
      me_(RandomName()),
      errands_(std::move(ask), site.journal, site.clock) {
  for (const auto& [account, suspension] : site_.suspensions.All()) {
    if (site_.clock.Wall() - suspension.since > kFresh) followed_[account] = suspension.level;
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
  const base::Deadline end = StoreDeadline();
  for (const Entry& owed : owed_) {
    if (steady_clock::now() < end) TellOwner(owed);
  }
  errands_.GiveUpAll("the program stops");
}

void Responder::Act(const std::string& account, Level level, const Finding& finding) {
  const std::lock_guard acting(act_mutex_);
  const auto present = site_.suspensions.Find(account);
  if (present && present->level >= level) return;
  Suspension suspension;
  suspension.level = level;
  suspension.since = site_.clock.Wall();
  suspension.by = accounts::kDetector;
  suspension.reason = finding.reason;
  suspension.reference = finding.reference;
  suspension.signals = finding.signals;
  if (const auto done = site_.suspensions.Suspend(account, suspension); !done) {
    log::Error("suspend_failed").With("user", account).With("reason", done.error().message);
  }
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_all();
}

void Responder::Warn(const std::string& account, const Finding& finding) {
  site_.journal.Report(
      {"account_suspicious", account, finding.reason + " (reference " + finding.reference + ")"});
  site_.notices.Post({NoticeKind::kSuspicious,
                      account,
                      {{"evidence", finding.reason}, {"reference", finding.reference}},
                      "suspicious",
                      24h,
                      finding.signals});
}

void Responder::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kLook, [this] { return woken_ || stopping_; });
    if (stopping_) return;
    woken_ = false;
    lock.unlock();
    const bool more = Step();
    lock.lock();
    woken_ = woken_ || more;
  }
}

// True when there may be more to do at once.
bool Responder::Step() try {
  Look();
  SettleOwed();
  return errands_.RunOne();
} catch (const std::exception& error) {
  log::Error("responder_failed").With("reason", error.what());
  return false;
}

void Responder::Look() {
  const auto present = site_.suspensions.All();  // in the order of the names
  for (const Entry& entry : present) {
    if (IsNew(entry)) Follow(entry);
  }
  std::erase_if(followed_, [&](const auto& followed) {
    if (std::ranges::binary_search(present, followed.first, {}, &Entry::first)) return false;
    FollowLifted(followed.first);
    return true;
  });
}

// A level that was followed stays so while the account has any: two hosts may write in any order.
bool Responder::IsNew(const Entry& entry) {
  const auto [place, added] = followed_.try_emplace(entry.first, entry.second.level);
  if (added) return true;
  if (place->second >= entry.second.level) return false;
  place->second = entry.second.level;
  return true;
}

// An entry that cannot be read says nothing of its age.
bool Responder::IsOld(const Suspension& suspension) const {
  return suspension.readable && site_.clock.Wall() - suspension.since > kToldOnceIn;
}

// Sessions end on each host that has some, however late it hears; people are told once, by the
// hosts that were there.
void Responder::Follow(const Entry& entry) {
  const auto& [account, suspension] = entry;
  const bool suspended = IsSuspended(suspension);
  if (suspended && rules_.kick) Kick(account);
  if (IsOld(suspension) || !IsOurs(account, suspension.level)) return;
  if (suspended && rules_.new_password && suspension.by == accounts::kDetector) {
    errands_.Add("new-password", account, account);
  }
  if (suspension.by == accounts::kDetector) KeepEvent(entry);
  // One message may both slow its account down and suspend it.
  std::erase_if(owed_, [&](const Entry& owed) {
    return owed.first == entry.first && owed.second.reference == entry.second.reference;
  });
  owed_.push_back(entry);
  Tell(entry);
}

// The detector must not find again at once what an administrator has looked at.
void Responder::FollowLifted(const std::string& account) {
  log::Info("account_resumed").With("user", account);
  errands_.Cancel(account);
  const WatchCall forgive = WatchCall::Forgive(limits::UserText(account));
  const auto call = forgive.script();
  store::Store& store = site_.store.shared();
  const auto done = store.Run(call.script, call.keys, call.arguments, StoreDeadline());
  if (!done) {
    log::Warning("not_forgiven").With("user", account).With("reason", done.error().message);
  }
  for (const Level level : {Level::kThrottle, Level::kSuspend}) {
    // Where it fails, it ends by itself.
    static_cast<void>(store.ReleaseLease(LeaseOf(account, level), me_, StoreDeadline()));
  }
}

// Where the store is away, every host does what one should do.
bool Responder::IsOurs(const std::string& account, Level level) {
  const auto held =
      site_.store.shared().AcquireLease(LeaseOf(account, level), me_, kToldOnceIn, StoreDeadline());
  return !held || *held;
}

void Responder::Tell(const Entry& entry) {
  const auto& [account, suspension] = entry;
  const std::string kind(accounts::EventKind(suspension.level));
  log::Warning(kind)
      .With("user", account)
      .With("by", Who(suspension))
      .With("reference", suspension.reference)
      .With("reason", suspension.reason);
  site_.journal.Report({kind, account,
                        suspension.reason + " (by " + Who(suspension) + ", reference " +
                            suspension.reference + ")"});
  site_.notices.Post({IsSuspended(suspension) ? NoticeKind::kSuspended : NoticeKind::kThrottled,
                      account,
                      {{"evidence", suspension.reason},
                       {"reference", suspension.reference},
                       {"by", Who(suspension)}},
                      std::to_string(suspension.since.time_since_epoch().count()),
                      1h,
                      SignalsOf(suspension)});
}

// With what was sent before, once the journals of all hosts have it; at the end of the program,
// with what they have. Who was resumed meanwhile is not frightened.
void Responder::TellOwner(const Entry& entry) {
  const auto& [account, suspension] = entry;
  const auto present = site_.suspensions.Find(account);
  const bool known = IsSuspended(suspension) && suspension.readable;
  if (!rules_.tell_owner || !known || !present) return;
  const auto messages = site_.store.shared().Newest(store::KeyMaker::AccountMessages(account),
                                                    accounts::kMostEvidence, StoreDeadline());
  std::vector<std::pair<std::string, std::string>> values{{"since", FormatMinute(suspension.since)},
                                                          {"reference", present->reference}};
  if (messages) {
    const SentMail sent = Summarize(*messages, suspension.since - kDayBefore);
    values.emplace_back("messages", std::to_string(sent.messages));
    values.emplace_back("recipients", std::to_string(sent.recipients));
    values.emplace_back("networks", sent.networks);
  }
  site_.notices.Post({NoticeKind::kSuspendedOwner, account, std::move(values),
                      std::to_string(suspension.since.time_since_epoch().count()), 1h,
                      SignalsOf(suspension)});
}

// -- evidence -------------------------------------------------------------------------------------

// Not before the journals of all hosts have written what they had when it happened.
void Responder::SettleOwed() {
  const base::WallTime now = site_.clock.Wall();
  std::erase_if(owed_, [&](const Entry& owed) {
    if (now - owed.second.since < kJournalsWritten) return false;
    KeepMessages(owed);
    TellOwner(owed);
    // Where two hosts wrote an entry each, the other's reference may be the one that is shown.
    const auto present = site_.suspensions.Find(owed.first);
    if (present && present->level == owed.second.level &&
        present->reference != owed.second.reference) {
      if (present->by == accounts::kDetector) KeepEvent({owed.first, *present});
      KeepMessages({owed.first, *present});
    }
    return true;
  });
}

void Responder::KeepEvent(const Entry& entry) {
  const auto& [account, suspension] = entry;
  const auto kept = accounts::KeepEvent(site_.store.shared(), account, suspension, StoreDeadline());
  if (kept) return;
  log::Warning("evidence_lost").With("user", account).With("reason", kept.error().message);
}

void Responder::KeepMessages(const Entry& entry) {
  const auto& [account, suspension] = entry;
  const auto kept =
      accounts::KeepMessages(site_.store.shared(), account, suspension.reference, StoreDeadline());
  if (kept) return;
  log::Warning("evidence_lost").With("user", account).With("reason", kept.error().message);
}

// -- the root process -----------------------------------------------------------------------------

// Where it is in the default domain, the mail server may know its user by the bare name.
void Responder::Kick(const std::string& account) {
  errands_.Add("kick", account, account);
  const std::string bare = account.substr(0, account.rfind('@'));
  if (bare != account && site_.names.Canonicalize(bare).name == account) {
    errands_.Add("kick", account, bare);
  }
}

}  // namespace gatepost::ratelimit
