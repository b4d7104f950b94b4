// Which lists are to be believed.
#include <algorithm>
#include <mutex>

#include "milters/dmarc/block_lists.h"

namespace gatepost::dmarc {
namespace {

using base::IpAddress;
using base::SteadyTime;
using dns::Answer;
using dns::Status;

bool IsError(const IpAddress& code) { return code.bytes()[1] == 255 && code.bytes()[2] == 255; }

// The first address with which no list answers that works; nothing where there is none.
std::optional<std::string> Lie(const Answer& answer) {
  for (const dns::Record& record : answer.records) {
    const IpAddress& code = record.address;
    if (!code.is_v4() || code.bytes()[0] != 127) {
      return "it answers " + code.Format() + ", which is no return code";
    }
    if (IsError(code)) {
      return "it answers " + code.Format() + ": it does not want to be asked from here";
    }
  }
  return std::nullopt;
}

// Our own bound and a name that is too long say nothing about the list.
bool Failed(const Answer& answer) {
  return answer.status == Status::kServFail || answer.status == Status::kTimeout;
}

bool Answered(const Answer& answer) {
  return answer.status == Status::kOk || answer.status == Status::kNoData ||
         answer.status == Status::kNxDomain;
}

std::optional<std::string> WrongWith(const BlockList& list,
                                     const ListHealth::ProbeAnswers& answers) {
  for (const Answer* const answer : {&answers.must_be, &answers.must_not_be}) {
    if (auto lie = Lie(*answer)) return lie;
  }
  const bool addresses = list.kind == ListKind::kAddress;
  if (answers.must_not_be.status == Status::kOk) {
    return std::string("it lists everything, even ") + (addresses ? "127.0.0.1" : "\"invalid\"");
  }
  if (answers.must_be.status == Status::kNxDomain && answers.or_this.status == Status::kNxDomain) {
    return std::string("it is gone: its test entry ") + (addresses ? "127.0.0.2" : "\"test\"") +
           " does not exist";
  }
  return std::nullopt;
}

}  // namespace

class ListHealth::Impl {
 public:
  Impl(std::size_t lists, const base::Clock& clock) : clock_(clock), states_(lists) {}

  Plan PlanFor(std::size_t list) {
    const std::lock_guard lock(mutex_);
    const State& state = states_[list];
    return {state.on, clock_.Steady() >= state.probe_due};
  }

  bool IsOn(std::size_t list) {
    const std::lock_guard lock(mutex_);
    return states_[list].on;
  }

  std::optional<Change> SawLie(const BlockList& list, std::size_t index, std::string reason) {
    const std::lock_guard lock(mutex_);
    return SwitchOff(list, states_[index], kOffAfterLies, std::move(reason));
  }

  std::optional<Change> SawFailure(const BlockList& list, std::size_t index) {
    const std::lock_guard lock(mutex_);
    State& state = states_[index];
    if (!state.on || ++state.failures < kFailuresInARow) return std::nullopt;
    return SwitchOff(list, state, kOffAfterFailures,
                     "it did not answer " + std::to_string(kFailuresInARow) + " messages in a row");
  }

  void SawAnswer(std::size_t index, bool listed) {
    const std::lock_guard lock(mutex_);
    State& state = states_[index];
    state.failures = 0;
    state.listed = listed ? state.listed + 1 : 0;
    if (!state.on || state.listed < kListedInARow) return;
    state.listed = 0;
    state.probe_due = clock_.Steady();
  }

  std::optional<Change> SawGoodProbe(const BlockList& list, std::size_t index) {
    const std::lock_guard lock(mutex_);
    State& state = states_[index];
    const SteadyTime now = clock_.Steady();
    // A message that began before the list went off tells nothing new.
    if (!state.on && now < state.probe_due) return std::nullopt;
    state.probe_due = now + kProofLasts;
    if (state.on) return std::nullopt;
    state.on = true;
    state.failures = 0;
    return Change{list.Name(), true, "it answers again as it must"};
  }

 private:
  struct State {
    bool on = true;
    int failures = 0;  // messages in a row
    int listed = 0;    // answers in a row
    SteadyTime probe_due = SteadyTime::min();
  };

  std::optional<Change> SwitchOff(const BlockList& list, State& state, std::chrono::minutes span,
                                  std::string reason) {
    const SteadyTime now = clock_.Steady();
    const bool was_on = std::exchange(state.on, false);
    // What is still on its way to messages that began earlier does not make the time longer.
    if (was_on || now >= state.probe_due) state.probe_due = now + span;
    if (!was_on) return std::nullopt;
    return Change{list.Name(), false, std::move(reason)};
  }

  const base::Clock& clock_;
  std::mutex mutex_;
  std::vector<State> states_;
};

ListHealth::ListHealth(std::size_t lists, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(lists, clock)) {}

ListHealth::~ListHealth() = default;

bool ListHealth::IsOn(std::size_t list) const { return impl_->IsOn(list); }

ListHealth::Plan ListHealth::PlanFor(std::size_t list) const { return impl_->PlanFor(list); }

std::optional<ListHealth::Change> ListHealth::Saw(const BlockList& list, std::size_t index,
                                                  const dns::Answer& answer) {
  if (auto lie = Lie(answer)) return impl_->SawLie(list, index, std::move(*lie));
  if (Failed(answer)) return impl_->SawFailure(list, index);
  if (Answered(answer)) impl_->SawAnswer(index, answer.status == Status::kOk);
  return std::nullopt;
}

std::optional<ListHealth::Change> ListHealth::Saw(const BlockList& list, std::size_t index,
                                                  const ProbeAnswers& answers) {
  if (auto wrong = WrongWith(list, answers)) return impl_->SawLie(list, index, std::move(*wrong));
  const bool good =
      Answered(answers.must_not_be) && (Answered(answers.must_be) || Answered(answers.or_this));
  return good ? impl_->SawGoodProbe(list, index) : std::nullopt;
}

}  // namespace gatepost::dmarc
