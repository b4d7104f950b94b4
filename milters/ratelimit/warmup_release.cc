// What becomes of held mail: WarmUp's own thread releases it.
#include <algorithm>

#include "common/log/log.h"
#include "common/privileged/client.h"
#include "common/warmup/counts.h"
#include "common/warmup/schedule.h"
#include "milters/ratelimit/warmup.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using warmup::HeldMail;

constexpr auto kDay = std::chrono::hours(24);
constexpr auto kStoreTime = 2s;
// Room comes back slice by slice; another host may leave some earlier.
constexpr auto kLongestPause = 5min;
constexpr auto kFirstRetry = 1min;
constexpr auto kLastRetry = 64min;
// A message is listed a moment before Postfix has put it on hold; what is older and not there is no
// more.
constexpr auto kSurelyThere = 10min;
// The same trouble with so many messages one after the other is not theirs.
constexpr int kSameTrouble = 3;
constexpr auto kTellEvery = 1min;
// Postfix tries what is older than its queue life (5 days) only once.
constexpr auto kOld = 4 * kDay;

// Trouble with the root process, whatever it is asked.
bool IsAway(const base::Error& error) {
  using base::ErrorKind;
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kPermission ||
         error.kind == ErrorKind::kTimeout;
}

// After one minute, two, four ...
void Delay(base::SteadyTime now, std::chrono::minutes longest, int& failures,
           base::SteadyTime& next) {
  next = now + std::min<std::chrono::minutes>(kFirstRetry * (1 << std::min(failures, 6)), longest);
  ++failures;
}

}  // namespace

std::vector<HeldMail> WarmUp::held() const {
  std::vector<HeldMail> held;
  const auto all = held_.All();
  for (const auto& [queue_id, text] : *all) {
    if (auto mail = HeldMail::Parse(queue_id, text)) held.push_back(*std::move(mail));
  }
  std::ranges::stable_sort(held, {}, &HeldMail::since);
  return held;
}

bool WarmUp::HasBacklog(const Pair& pair) const {
  const std::lock_guard lock(mutex_);
  return backlog_.contains(pair);
}

bool WarmUp::IsStuck(const std::string& queue_id) const {
  const auto retry = retries_.find(queue_id);
  return retry != retries_.end() && retry->second.failures > 0;
}

// What cannot be released keeps nobody waiting.
void WarmUp::CountBacklog(const std::vector<HeldMail>& held) {
  std::map<Pair, std::size_t> backlog;
  const bool paused = site_.clock.Steady() < pause_.next;
  for (const HeldMail& mail : held) {
    if (paused) break;
    if (IsStuck(mail.queue_id)) continue;
    for (const std::string& provider : mail.providers) ++backlog[{mail.source, provider}];
  }
  const std::lock_guard lock(mutex_);
  backlog_ = std::move(backlog);
}

void WarmUp::Look() {
  const std::lock_guard look(look_mutex_);
  if (site_.clock.Steady() >= pause_.next) ReleaseAll(held());
  const auto after = held();
  CountBacklog(after);
  TellOfOld(after);
  TellSchedule();
}

// Again and again: a store that was away, or came back empty, would show people nothing.
void WarmUp::TellSchedule() {
  const base::SteadyTime now = site_.clock.Steady();
  const auto current = table();
  if (current == told_ && now < tell_schedule_at_) return;
  const auto told = warmup::TellSchedule(site_.store.shared(), options_.host, current->schedule(),
                                         steady_clock::now() + kStoreTime);
  if (!told) return;
  tell_schedule_at_ = now + kTellEvery;
  told_ = current;  // a reload may have told a newer one before this
}

// Where the root process is away, or does nothing for anybody, that is told once and not for each
// message.
void WarmUp::ReleaseAll(const std::vector<HeldMail>& held) {
  std::string same;
  int times = 0;
  for (const HeldMail& mail : held) {
    if (const auto error = Release(mail)) {
      times = error->message == same ? times + 1 : 1;
      same = error->message;
      if (IsAway(*error) || times == kSameTrouble) return Pause(same);
    }
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

std::vector<limits::SubjectCharges> WarmUp::ChargesOf(const HeldMail& mail) const {
  std::vector<limits::SubjectCharges> charges;
  const auto table = this->table();
  const warmup::Source* const source = table->Find(mail.source);
  if (source == nullptr) return charges;
  const auto allowance = source->Allowance(site_.clock.Wall());
  if (!allowance) return charges;
  for (const std::string& provider : mail.providers) {
    charges.push_back({warmup::Subject(mail.source, provider), {MakeCharge(*allowance, true)}});
  }
  return charges;
}

// A warm-up that is over, or gone from the table, keeps nothing back.
bool WarmUp::HasRoom(const HeldMail& mail, limits::Reservation& reservation) {
  const base::SteadyTime now = site_.clock.Steady();
  const auto charges = ChargesOf(mail);
  if (charges.empty()) return true;
  const std::int64_t allowance = charges.front().charges.front().limit;
  for (const std::string& provider : mail.providers) {
    const auto found = no_room_.find({mail.source, provider});
    if (found == no_room_.end() || found->second.allowance != allowance) continue;
    if (now < found->second.until) return false;
  }
  const auto outcome = reservation.Reserve(charges, {}, steady_clock::now() + kStoreTime);
  for (std::size_t i = 0; i < outcome.charges.size() && !outcome.reserved; ++i) {
    const auto room_in = outcome.charges[i].front().room_in;
    if (room_in.count() == 0) continue;
    no_room_[{mail.source, mail.providers[i]}] = {
        allowance, now + std::clamp<std::chrono::milliseconds>(room_in, 1s, kLongestPause)};
  }
  return outcome.reserved;
}

// Reserved first: whatever happens in between, never more leaves than is allowed. Returns what
// went wrong.
std::optional<base::Error> WarmUp::Release(const HeldMail& mail) {
  const auto retry = retries_.find(mail.queue_id);
  if (retry != retries_.end() && site_.clock.Steady() < retry->second.next) return std::nullopt;
  limits::Reservation reservation = site_.ledger.Begin();
  if (!HasRoom(mail, reservation)) return std::nullopt;
  const auto released = ask_("release", mail.queue_id);
  const bool gone = !released && IsGone(mail, released.error());
  // What people deleted takes no room from others.
  if (released || (gone && retry != retries_.end() && retry->second.unsure)) {
    reservation.Commit(0, steady_clock::now() + kStoreTime);
  } else {
    reservation.Release(steady_clock::now() + kStoreTime);
  }
  if (!released && !gone) {
    NoteFailure(mail, released.error());
    return released.error();
  }
  pause_ = {};
  Forget(mail, released ? "released" : "gone");
  return std::nullopt;
}

// Deleted or released by people, or by a try whose answer was lost.
bool WarmUp::IsGone(const HeldMail& mail, const base::Error& error) const {
  return error.message == privileged::kNoSuchMessage &&
         site_.clock.Wall() - mail.since >= kSurelyThere;
}

void WarmUp::Forget(const HeldMail& mail, std::string_view how) {
  retries_.erase(mail.queue_id);
  static_cast<void>(held_.Lift(mail.queue_id));  // without the store it is told later
  for (const std::string& provider : mail.providers) {
    CountMessage(mail.source, provider, how);
  }
  log::Info("warmup_" + std::string(how))
      .With("queue_id", mail.queue_id)
      .With("source", mail.source);
}

void WarmUp::NoteFailure(const HeldMail& mail, const base::Error& error) {
  const bool gone = error.message == privileged::kNoSuchMessage;
  Retry& retry = retries_[mail.queue_id];
  retry.unsure = retry.unsure || !gone;
  if (IsAway(error)) return;  // it is not this message's trouble
  Delay(site_.clock.Steady(), kLastRetry, retry.failures, retry.next);
  if (gone) return;  // not yet in the queue, or no more
  site_.journal.Report(
      {"warmup_stuck", mail.queue_id, "held mail cannot be released: " + error.message});
  log::Warning("warmup_stuck").With("queue_id", mail.queue_id).With("reason", error.message);
}

void WarmUp::Pause(const std::string& wrong) {
  if (pause_.failures == 0) {
    site_.journal.Report({"warmup_stuck", options_.host, "no held mail can be released: " + wrong});
    log::Warning("warmup_stuck").With("reason", wrong);
  }
  Delay(site_.clock.Steady(), kLongestPause, pause_.failures, pause_.next);
}

// Once a day for each address.
void WarmUp::TellOfOld(const std::vector<HeldMail>& held) {
  const base::WallTime now = site_.clock.Wall();
  for (const HeldMail& mail : held) {
    if (now - mail.since < kOld) return;
    base::WallTime& told = told_old_[mail.source];
    if (IsStuck(mail.queue_id) || now - told < kDay) continue;
    told = now;
    site_.journal.Report({"warmup_slow", mail.source,
                          "mail has waited for " + std::to_string((now - mail.since) / kDay) +
                              " days: more is sent than the curve allows"});
  }
}

}  // namespace gatepost::ratelimit
