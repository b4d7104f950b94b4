#include "common/accounts/suspensions.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <unordered_map>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/store/admin_state.h"
#include "common/store/keys.h"

namespace gatepost::accounts {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;

constexpr std::size_t kMaxReasonBytes = 1'000;
constexpr std::size_t kMaxWordBytes = 200;
constexpr std::size_t kMaxLineBytes = 4'096;
// The year 2109; the clock's nanoseconds hold it.
constexpr milliseconds kLatest{std::int64_t{1} << 42};

constexpr std::string_view kThrottleWord = "throttle";
constexpr std::string_view kSuspendWord = "suspend";

// One field of the line.
std::string Field(std::string_view text, std::size_t max_bytes) {
  std::string field(text.substr(0, max_bytes));
  std::replace_if(
      field.begin(), field.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return field;
}

std::optional<base::WallTime> ParseSince(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (count < 0 || count > kLatest.count()) return std::nullopt;
  return base::WallTime(milliseconds(count));
}

// What is not understood is not taken for "may send": somebody suspended this account.
Suspension Unknown() {
  Suspension unknown;
  unknown.by = "unknown";
  unknown.reason = "the entry of this account cannot be read";
  unknown.readable = false;
  return unknown;
}

}  // namespace

// suspend<tab>1763793600123<tab>detector<tab>4XyZ<tab>2,000 recipients in an hour<tab>rate new
std::string Suspension::Format() const {
  const auto count = std::chrono::floor<milliseconds>(since.time_since_epoch());
  const auto since_text = std::to_string(std::clamp(count, milliseconds(0), kLatest).count());
  std::string line(level == Level::kThrottle ? kThrottleWord : kSuspendWord);
  for (const std::string& field :
       {since_text, Field(by, kMaxWordBytes), Field(reference, kMaxWordBytes),
        Field(reason, kMaxReasonBytes)}) {
    line += '\t' + field;
  }
  if (!signals.empty()) line += '\t' + Field(signals, kMaxWordBytes);
  return line;
}

Result<Suspension> Suspension::Parse(std::string_view text) {
  const auto invalid = Fail(ErrorKind::kInvalid, "not a suspension");
  if (text.size() > kMaxLineBytes) return invalid;
  const auto fields = base::Split(text, '\t');
  if (fields.size() < 5) return invalid;
  const auto since = ParseSince(fields[1]);
  if (!since || (fields[0] != kThrottleWord && fields[0] != kSuspendWord)) return invalid;
  Suspension suspension;
  suspension.level = fields[0] == kThrottleWord ? Level::kThrottle : Level::kSuspend;
  suspension.since = *since;
  suspension.by = Field(fields[2], kMaxWordBytes);
  suspension.reference = Field(fields[3], kMaxWordBytes);
  suspension.reason = Field(fields[4], kMaxReasonBytes);
  if (fields.size() > 5) suspension.signals = Field(fields[5], kMaxWordBytes);
  return suspension;
}

// The administrative state, and what it says: parsed when it changes, so that a look-up is one
// probe of a hash table.
class Suspensions::Impl {
 public:
  Impl(store::Store& store, Options options)
      : snapshot_(std::make_shared<const Snapshot>()),
        state_(store, MakeOptions(std::move(options))) {}

  std::optional<Suspension> Find(std::string_view account) const {
    const auto snapshot = Current();
    const auto found = snapshot->find(account);
    return found == snapshot->end() ? std::nullopt : std::optional(found->second);
  }

  std::vector<std::pair<std::string, Suspension>> All() const {
    const auto snapshot = Current();
    std::vector<std::pair<std::string, Suspension>> all(snapshot->begin(), snapshot->end());
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return all;
  }

  store::AdminState& state() { return state_; }

 private:
  using Snapshot = std::unordered_map<std::string, Suspension, base::StringHash, std::equal_to<>>;

  store::AdminState::Options MakeOptions(Options options) {
    store::AdminState::Options made{store::KeyMaker::Admin("suspensions"), std::move(options.file),
                                    options.refresh};
    made.on_trouble = [](const std::string& what) {
      log::Warning("suspensions").With("reason", what);
    };
    made.on_change = [this](const store::FieldMap& fields) { TakeOver(fields); };
    return made;
  }

  std::shared_ptr<const Snapshot> Current() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

  void TakeOver(const store::FieldMap& fields) {
    auto fresh = std::make_shared<Snapshot>();
    fresh->reserve(fields.size());
    std::string_view unreadable;
    for (const auto& [account, text] : fields) {
      const auto suspension = Suspension::Parse(text);
      if (!suspension) unreadable = account;
      fresh->emplace(account, suspension ? *suspension : Unknown());
    }
    Complain(unreadable);
    std::shared_ptr<const Snapshot> old = std::move(fresh);
    const std::lock_guard lock(mutex_);
    snapshot_.swap(old);  // the old one dies outside the lock, or with its last reader
  }

  // Once, until all can be read again.
  void Complain(std::string_view unreadable) {
    if (!unreadable.empty() && !complained_) {
      log::Warning("unreadable_suspension")
          .With("account", unreadable)
          .With("action", "its mail is deferred, its logins are refused");
    }
    complained_ = !unreadable.empty();
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  bool complained_ = false;  // changed in on_change alone
  store::AdminState state_;  // the last: its thread uses the others
};

Suspensions::Suspensions(store::Store& store, Options options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}

Suspensions::~Suspensions() = default;

std::optional<Suspension> Suspensions::Find(std::string_view account) const {
  return impl_->Find(account);
}

std::vector<std::pair<std::string, Suspension>> Suspensions::All() const { return impl_->All(); }

Result<void> Suspensions::Suspend(const std::string& account, const Suspension& suspension) {
  if (account.empty()) return Fail(ErrorKind::kInvalid, "an account has a name");
  return impl_->state().Set(account, suspension.Format());
}

Result<void> Suspensions::Resume(const std::string& account) {
  return impl_->state().Lift(account);
}

Result<void> Suspensions::Refresh() { return impl_->state().Refresh(); }

milter::Reply SuspendedReply(const Suspension& suspension, std::string_view reference) {
  std::string text =
      "Sending from this account is blocked; please contact your mail administrator (postmaster)";
  if (!reference.empty()) text += " (reference " + std::string(reference) + ")";
  if (!suspension.readable) return {450, "4.7.1", {std::move(text)}};
  return {550, "5.7.1", {std::move(text)}};
}

}  // namespace gatepost::accounts
