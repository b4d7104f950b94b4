#include "common/limits/ledger.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include "common/limits/charge_request.h"
#include "common/limits/handover.h"
#include "common/limits/local_count.h"
#include "common/limits/recipient_hash.h"
#include "common/limits/reservation_id.h"
#include "common/limits/settlement.h"
#include "common/limits/shared_count.h"
#include "common/limits/unsettled.h"
#include "common/log/log.h"
#include "common/store/keys.h"

namespace gatepost::limits {
namespace {

using store::Store;

constexpr std::size_t kMostRemembered = 1'000;  // recipients of one message
constexpr int kMostRounds = 8;                  // in which claims of others come in between
// Of what is reserved in this host's memory: whoever reserved it lives as long as the program.
constexpr std::chrono::hours kLocalLife{24};

bool IsUnknown(const base::Error& error) {
  return error.kind == base::ErrorKind::kTimeout || error.kind == base::ErrorKind::kUnavailable;
}

void AddTo(std::vector<store::LimitCharge>& charges, const store::LimitCharge& more) {
  const auto same = std::ranges::find(charges, more.slot, &store::LimitCharge::slot);
  if (same == charges.end()) {
    charges.push_back(more);
  } else {
    same->amount += more.amount;
    same->limit = more.limit;
  }
}

// What of each charge's limit is taken already, though the shared store does not know it yet.
struct HeldBack {
  std::uint64_t claims = 0;                                 // that there were by then
  std::vector<std::vector<Unsettled::Standing>> standings;  // none where nothing is held back
};

HeldBack HoldBack(ChargeRequest& request, const Unsettled& unsettled) {
  HeldBack held{unsettled.claims(), {}};
  if (!unsettled.any()) return held;
  for (std::size_t k = 0; k < request.charges.size(); ++k) {
    auto& standings = held.standings.emplace_back();
    for (auto& charge : request.charges[k]) {
      standings.push_back(unsettled.Of(request.subjects[k], charge.slot));
      charge.limit -= standings.back().amount;
    }
  }
  return held;
}

// The limits and what is used as they are with what was held back.
void PutBack(ChargeRequest& request, SharedAnswer& answer, const HeldBack& held) {
  for (std::size_t k = 0; k < held.standings.size(); ++k) {
    for (std::size_t c = 0; c < held.standings[k].size(); ++c) {
      auto& charge = request.charges[k][c];
      const std::int64_t amount = held.standings[k][c].amount;
      charge.limit += amount;
      if (c >= answer.answers[k].size()) continue;
      auto& outcome = answer.answers[k][c];
      outcome.used += amount;
      if (outcome.room_in < outcome.room_in.zero() && charge.amount <= charge.limit) {
        outcome.room_in = charge.window;  // it will be handed over, and stay
      }
    }
  }
}

// The same, with what this host let through alone since the store was asked: its answer may be
// late.
ChargeRequest::Answers WithNews(const ChargeRequest& request, ChargeRequest::Answers answers,
                                const HeldBack& held, const Unsettled& unsettled) {
  if (unsettled.claims() == held.claims) return answers;
  for (std::size_t k = 0; k < answers.size(); ++k) {
    for (std::size_t c = 0; c < answers[k].size(); ++c) {
      const auto now = unsettled.Of(request.subjects[k], request.charges[k][c].slot);
      answers[k][c].used +=
          now.NewsSince(held.standings.empty() ? Unsettled::Standing() : held.standings[k][c]);
    }
  }
  return answers;
}

// Whether what was reserved does not fit with the news: those have passed.
bool IsOvertaken(const ChargeRequest& request, const ChargeRequest::Answers& answers) {
  for (std::size_t k = 0; k < answers.size(); ++k) {
    for (std::size_t c = 0; c < answers[k].size(); ++c) {
      const auto& charge = request.charges[k][c];
      const bool fitted =
          charge.enforced && charge.amount > 0 && answers[k][c].room_in.count() == 0;
      if (fitted && answers[k][c].used + charge.amount > charge.limit) return true;
    }
  }
  return false;
}

// Our own trouble stops no mail.
Outcome PassingOutcome(std::span<const SubjectCharges> charges) {
  Outcome outcome{true, false, false, {}};
  for (const auto& subject : charges) outcome.charges.emplace_back(subject.charges.size());
  return outcome;
}

}  // namespace

class Ledger::Impl {
 public:
  Impl(Store& any_store, LedgerOptions ledger_options, const base::Clock& ledger_clock)
      : options(ledger_options),
        clock(ledger_clock),
        store(any_store.shared()),
        known{options.known_life, options.most_known},
        shared(store, clock),
        local(clock, options.local_subjects),
        handover(store, clock, {options.waiting_handovers, known}) {}

  bool up() const { return !closed && store.health() == store::Health::kUp; }

  const LedgerOptions options;
  const base::Clock& clock;
  Store& store;
  const KnownOptions known;
  std::atomic<bool> closed = false;  // the store may be gone
  ReservationIds ids;
  SharedCount shared;
  LocalCount local;
  const std::shared_ptr<Unsettled> unsettled = std::make_shared<Unsettled>();
  Handover handover;
};

class Reservation::Impl {
 public:
  explicit Impl(std::shared_ptr<Ledger::Impl> ledger)
      : ledger_(std::move(ledger)), id_(ledger_->ids.Next()) {}
  ~Impl() { Release(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const std::string& id() const { return id_; }
  Outcome Reserve(std::span<const SubjectCharges> charges, const Acquaintance& acquaintance,
                  base::Deadline deadline, Beside beside);
  void Commit(std::int64_t bytes, base::Deadline deadline, std::span<const Store::ScriptCall> more);
  void ReleaseNow(base::Deadline deadline);

 private:
  std::optional<Outcome> ReserveShared(ChargeRequest& request, const Asked& asked,
                                       base::Deadline deadline, Beside beside);
  Outcome ReserveLocal(ChargeRequest& request, const Asked& asked);
  ChargeRequest::Answers FollowShared(const ChargeRequest& request, const SharedAnswer& answer,
                                      const HeldBack& held, LocalCount::Moment asked_at);
  void ReturnToShared(const ChargeRequest& request, const ChargeRequest::Answers& answers);
  void GiveUpShadows(const ChargeRequest& request, const ChargeRequest::Answers& answers,
                     std::size_t claimed);
  void NoteLocal(const ChargeRequest& request, const ChargeRequest::Answers& answers);
  void SettleLocal(Settlement end, std::int64_t bytes);
  std::size_t SubjectIndex(const ChargeRequest& request, std::size_t subject);
  void Note(const ChargeRequest& request, const ChargeRequest::Answers& answers,
            const Asked& asked);
  Settlement End(SettleMode mode);
  void ReplaceBytes(Settlement& end, std::int64_t bytes) const;
  void SettleShared(Settlement end, base::Deadline deadline,
                    std::span<const Store::ScriptCall> more);
  void Release() noexcept;

  const std::shared_ptr<Ledger::Impl> ledger_;
  const std::string id_;
  std::vector<std::string> subjects_;
  std::vector<store::Key> keys_;
  store::LimitCharges charges_;        // reserved so far
  store::LimitCharges local_charges_;  // of those, by this host alone
  std::string account_;
  std::vector<std::string> recipients_;          // that this message goes to, as hashes
  std::shared_ptr<Unsettled::Claim> unsettled_;  // what only this host let through
  bool at_shared_ = false;                       // the shared store holds something, or may
  bool at_local_ = false;                        // this host holds something
  bool certain_ = true;                          // the shared store holds just `charges_`
  bool ended_ = false;
};

Outcome Reservation::Impl::Reserve(std::span<const SubjectCharges> charges,
                                   const Acquaintance& acquaintance, base::Deadline deadline,
                                   Beside beside) {
  ChargeRequest request(charges);
  Asked asked{acquaintance.account_subject, {}};
  if (!asked.account.empty()) {
    asked.recipient = std::to_string(RecipientHash(acquaintance.recipient));
  }
  // Whom this message goes to already is not new a second time.
  const bool again = std::ranges::find(recipients_, asked.recipient) != recipients_.end();
  if (asked.recipient.empty() || (again && asked.account == account_)) {
    asked.recipient.clear();
    request.SettleNew(false);
  }
  if (beside.results) beside.results->clear();
  auto outcome = ReserveShared(request, asked, deadline, beside);
  return outcome ? std::move(*outcome) : ReserveLocal(request, asked);
}

std::optional<Outcome> Reservation::Impl::ReserveShared(ChargeRequest& request, const Asked& asked,
                                                        base::Deadline deadline, Beside beside) {
  if (!ledger_->up()) return std::nullopt;
  const auto asked_at = ledger_->local.Now();
  const auto held_back = HoldBack(request, *ledger_->unsettled);
  auto answer = ledger_->shared.Reserve({id_, ledger_->options.reservation_life}, request, asked,
                                        deadline, beside);
  if (answer.may_hold) {
    at_shared_ = true;
    for (std::size_t k = 0; k < request.keys.size(); ++k) SubjectIndex(request, k);
  }
  if (answer.give_back || (!answer.complete && answer.may_hold)) certain_ = false;
  if (answer.give_back) ledger_->handover.Post(std::move(*answer.give_back), false);
  PutBack(request, answer, held_back);
  if (!answer.complete) return std::nullopt;
  if (!asked.recipient.empty()) {
    if (!answer.new_recipient) ledger_->local.FollowKnown(asked.account, asked.recipient);
    request.SettleNew(answer.new_recipient);
  }
  const auto answers = FollowShared(request, answer, held_back, asked_at);
  if (answer.reserved && IsOvertaken(request, answers)) {
    ReturnToShared(request, answer.answers);
    return std::nullopt;  // this host alone knows of all that passed
  }
  if (answer.reserved) Note(request, answer.answers, asked);
  return Outcome{answer.reserved, answer.new_recipient, true, request.InOrder(answers)};
}

// Who counts alone claims first and looks at what was followed then; here it is the other way
// round. So of two that come at a change of the store, one at least sees the other. Returns the
// answers with all that was seen.
ChargeRequest::Answers Reservation::Impl::FollowShared(const ChargeRequest& request,
                                                       const SharedAnswer& answer,
                                                       const HeldBack& held,
                                                       LocalCount::Moment asked_at) {
  const Unsettled& unsettled = *ledger_->unsettled;
  for (int rounds = 1;; ++rounds) {
    const std::uint64_t claims = unsettled.claims();
    auto answers = WithNews(request, answer.answers, held, unsettled);
    ledger_->local.Follow(request, answers, answer.reserved, asked_at);
    if (unsettled.claims() == claims || rounds == kMostRounds) return answers;
  }
}

void Reservation::Impl::ReturnToShared(const ChargeRequest& request,
                                       const ChargeRequest::Answers& answers) {
  certain_ = false;
  Settlement back{id_,
                  SettleMode::kReturn,
                  ledger_->clock.Steady(),
                  request.keys,
                  request.Fitting(answers),
                  false,
                  {},
                  {},
                  true,
                  nullptr};
  ledger_->handover.Post(std::move(back), false);
}

Outcome Reservation::Impl::ReserveLocal(ChargeRequest& request, const Asked& asked) {
  const bool is_new =
      !asked.recipient.empty() && !ledger_->local.IsKnown(asked.account, asked.recipient);
  request.SettleNew(is_new);
  if (!unsettled_) unsettled_ = std::make_shared<Unsettled::Claim>(ledger_->unsettled);
  // Before it is known whether it fits: FollowShared says why.
  const std::size_t claimed = unsettled_->size();
  for (std::size_t k = 0; k < request.charges.size(); ++k) {
    unsettled_->Add(request.subjects[k], request.charges[k]);
  }
  const auto reserved = ledger_->local.Reserve(id_, kLocalLife, request);
  if (reserved.reserved) {
    at_local_ = true;
    certain_ = false;
    GiveUpShadows(request, reserved.answers, claimed);
    Note(request, reserved.answers, asked);
    NoteLocal(request, reserved.answers);
  } else {
    unsettled_->GiveUp(claimed);
  }
  return {reserved.reserved, is_new, false, request.InOrder(reserved.answers)};
}

// What is over a limit in shadow mode was not reserved.
void Reservation::Impl::GiveUpShadows(const ChargeRequest& request,
                                      const ChargeRequest::Answers& answers, std::size_t claimed) {
  for (std::size_t k = 0; k < answers.size(); ++k) {
    for (std::size_t c = 0; c < answers[k].size(); ++c) {
      if (answers[k][c].room_in.count() == 0) continue;
      unsettled_->GiveUp(claimed, request.subjects[k], request.charges[k][c].slot);
    }
  }
}

// What of all that is reserved this host holds.
void Reservation::Impl::NoteLocal(const ChargeRequest& request,
                                  const ChargeRequest::Answers& answers) {
  const auto fitting = request.Fitting(answers);
  for (std::size_t k = 0; k < fitting.size(); ++k) {
    const std::size_t place = SubjectIndex(request, k);
    local_charges_.resize(std::max(local_charges_.size(), place + 1));
    for (const auto& charge : fitting[k]) AddTo(local_charges_[place], charge);
  }
}

// The place of a subject of the request among all subjects.
std::size_t Reservation::Impl::SubjectIndex(const ChargeRequest& request, std::size_t subject) {
  const auto found = std::ranges::find(subjects_, request.subjects[subject]);
  if (found != subjects_.end()) return static_cast<std::size_t>(found - subjects_.begin());
  subjects_.push_back(request.subjects[subject]);
  keys_.push_back(request.keys[subject]);
  charges_.emplace_back();
  return subjects_.size() - 1;
}

// Adds to what is reserved.
void Reservation::Impl::Note(const ChargeRequest& request, const ChargeRequest::Answers& answers,
                             const Asked& asked) {
  const auto fitting = request.Fitting(answers);
  for (std::size_t k = 0; k < fitting.size(); ++k) {
    auto& charges = charges_[SubjectIndex(request, k)];
    for (const auto& charge : fitting[k]) AddTo(charges, charge);
  }
  if (asked.recipient.empty() || recipients_.size() >= kMostRemembered) return;
  account_ = asked.account;
  recipients_.push_back(asked.recipient);
}

Settlement Reservation::Impl::End(SettleMode mode) {
  ended_ = true;
  const std::shared_ptr<const void> unsettled = std::move(unsettled_);
  Settlement end{id_,
                 mode,
                 ledger_->clock.Steady(),
                 keys_,
                 charges_,
                 certain_,
                 {},
                 {},
                 true,
                 mode == SettleMode::kCommit ? unsettled : nullptr};
  if (!recipients_.empty()) end.known = store::KeyMaker::KnownRecipients(account_);
  end.recipients = recipients_;
  return end;
}

void Reservation::Impl::ReplaceBytes(Settlement& end, std::int64_t bytes) const {
  for (auto& subject : end.charges) {
    for (auto& charge : subject) {
      if (bytes < 0 || !charge.slot.starts_with('b') || charge.amount == bytes) continue;
      charge.amount = bytes;
      end.exact = false;
    }
  }
}

void Reservation::Impl::SettleLocal(Settlement end, std::int64_t bytes) {
  end.charges = local_charges_;
  end.charges.resize(end.keys.size());
  ReplaceBytes(end, bytes);
  ledger_->local.Settle(end);
}

void Reservation::Impl::Commit(std::int64_t bytes, base::Deadline deadline,
                               std::span<const Store::ScriptCall> more) {
  if (ended_) return;
  Settlement end = End(SettleMode::kCommit);
  ReplaceBytes(end, bytes);
  if (at_local_) {
    SettleLocal(end, bytes);
    // The shared store may hold nothing of it, so later tries cannot tell by the reservation.
    end.mode = SettleMode::kOnce;
  }
  for (const auto& recipient : recipients_) ledger_->local.FollowKnown(account_, recipient);
  if (ledger_->up()) {
    SettleShared(std::move(end), deadline, more);
  } else if (!end.keys.empty() || end.known) {
    ledger_->handover.Post(std::move(end), false);
  }
}

void Reservation::Impl::ReleaseNow(base::Deadline deadline) {
  if (ended_ || !at_shared_ || !ledger_->up()) return Release();
  Settlement end = End(SettleMode::kRelease);
  if (at_local_) ledger_->local.Settle(end);
  SettleShared(std::move(end), deadline, {});
}

void Reservation::Impl::SettleShared(Settlement end, base::Deadline deadline,
                                     std::span<const Store::ScriptCall> more) {
  std::vector<Settlement> parts;
  if (!end.keys.empty() || end.known) {
    parts = Split(std::move(end), ledger_->store.one_tag_per_script());
  }
  std::vector<SettleCall> settle_calls;
  for (const auto& part : parts) {
    settle_calls.emplace_back(part, ledger_->known, ledger_->clock.Steady());
  }
  std::vector<Store::ScriptCall> calls;
  for (const auto& settle : settle_calls) calls.push_back(settle.call());
  for (const auto& call : more) calls.push_back(call);
  if (calls.empty()) return;
  const auto results = ledger_->store.RunAll(calls, deadline);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (results[i]) continue;
    ledger_->handover.Post(std::move(parts[i]), IsUnknown(results[i].error()));
  }
}

void Reservation::Impl::Release() noexcept {
  if (ended_) return;
  try {
    const Settlement end = End(SettleMode::kRelease);
    if (at_local_) ledger_->local.Settle(end);
    if (at_shared_) ledger_->handover.Post(end, false);
  } catch (const std::exception& trouble) {
    log::Error("limits_release").With("reason", trouble.what());  // it expires by itself
  }
}

Reservation::Reservation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reservation::Reservation(Reservation&&) noexcept = default;
Reservation& Reservation::operator=(Reservation&&) noexcept = default;
Reservation::~Reservation() = default;

const std::string& Reservation::id() const { return impl_->id(); }

Outcome Reservation::Reserve(std::span<const SubjectCharges> charges,
                             const Acquaintance& acquaintance, base::Deadline deadline,
                             std::span<const Store::ScriptCall> beside,
                             std::vector<base::Result<std::vector<std::int64_t>>>* beside_results) {
  try {
    return impl_->Reserve(charges, acquaintance, deadline, {beside, beside_results});
  } catch (const std::exception& trouble) {
    log::Error("limits_reserve").With("reason", trouble.what());
    return PassingOutcome(charges);
  }
}

void Reservation::Commit(std::int64_t bytes, base::Deadline deadline,
                         std::span<const Store::ScriptCall> beside) {
  try {
    impl_->Commit(bytes, deadline, beside);
  } catch (const std::exception& trouble) {
    log::Error("limits_commit").With("reason", trouble.what());
  }
}

void Reservation::Release(base::Deadline deadline) {
  try {
    impl_->ReleaseNow(deadline);
  } catch (const std::exception& trouble) {
    log::Error("limits_release").With("reason", trouble.what());  // it expires by itself
  }
}

Ledger::Ledger(Store& store, LedgerOptions options, const base::Clock& clock)
    : impl_(std::make_shared<Impl>(store, options, clock)) {}

Ledger::~Ledger() {
  impl_->handover.Stop();
  impl_->closed = true;
}

Reservation Ledger::Begin() { return Reservation(std::make_unique<Reservation::Impl>(impl_)); }

std::size_t Ledger::waiting() const { return impl_->handover.waiting(); }
std::uint64_t Ledger::dropped() const { return impl_->handover.dropped(); }
void Ledger::Flush() { impl_->handover.Flush(); }

}  // namespace gatepost::limits
