#include "common/limits/shared_count.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include "common/log/log.h"
#include "common/store/keys.h"
#include "common/store/script.h"

namespace gatepost::limits {
namespace {

using base::ErrorKind;
using store::Store;

// The subjects that one script takes.
struct Part {
  std::vector<std::size_t> subjects;  // in the request
  bool asks = false;                  // whether the recipient is new
  std::string tag;
  std::vector<store::Key> keys;
  std::vector<std::string> arguments;
};

class Round {
 public:
  Round(const SharedCount::Claim& claim, ChargeRequest& request, const Asked& asked,
        bool one_tag_per_script)
      : claim_(claim), request_(request), asked_(asked), one_tag_(one_tag_per_script) {
    for (std::size_t k = 0; k < request.keys.size(); ++k) {
      PartOf(request.keys[k]).subjects.push_back(k);
    }
    if (!asked.recipient.empty()) {
      known_ = store::KeyMaker::KnownRecipients(asked.account);
      PartOf(*known_).asks = true;
    }
    answer_.complete = answer_.reserved = true;
    answer_.answers.resize(request.keys.size());
  }

  SharedAnswer Run(Store& store, base::Deadline deadline, Beside beside);

 private:
  Part& PartOf(const store::Key& key);
  bool OthersAskWhetherNew() const;
  void RunParts(Store& store, std::span<Part* const> parts, base::Deadline deadline, Beside beside);
  store::LimitCharges ChargesOf(const Part& part) const;
  Store::ScriptCall CallOf(Part& part) const;
  void Take(const Part& part, const store::ScriptResult& result);
  void TakeAnswers(const Part& part, std::span<const std::int64_t> numbers);
  void GiveBack();

  const SharedCount::Claim& claim_;
  ChargeRequest& request_;
  const Asked& asked_;
  const bool one_tag_;
  std::optional<store::Key> known_;
  std::deque<Part> parts_;
  std::vector<const Part*> holding_;
  SharedAnswer answer_;
};

Part& Round::PartOf(const store::Key& key) {
  const std::string tag(one_tag_ ? store::HashTag(key.text()) : std::string_view());
  const auto same = std::ranges::find(parts_, tag, &Part::tag);
  if (same != parts_.end()) return *same;
  parts_.emplace_back().tag = tag;
  return parts_.back();
}

// Of subjects that live elsewhere than the account: those can be asked only afterwards.
bool Round::OthersAskWhetherNew() const {
  return known_ && std::ranges::any_of(parts_, [&](const Part& part) {
           return !part.asks && std::ranges::any_of(part.subjects, [&](std::size_t k) {
             return std::ranges::any_of(request_.charges[k], &store::LimitCharge::only_new);
           });
         });
}

store::LimitCharges Round::ChargesOf(const Part& part) const {
  store::LimitCharges charges;
  for (const std::size_t k : part.subjects) charges.push_back(request_.charges[k]);
  return charges;
}

Store::ScriptCall Round::CallOf(Part& part) const {
  for (const std::size_t k : part.subjects) part.keys.push_back(request_.keys[k]);
  if (part.asks) part.keys.push_back(*known_);
  part.arguments = {claim_.id, std::to_string(claim_.life.count()),
                    part.asks ? asked_.recipient : std::string(),
                    store::FormatToReserve(ChargesOf(part))};
  return {store::scripts::kLimitsReserve, part.keys, part.arguments};
}

SharedAnswer Round::Run(Store& store, base::Deadline deadline, Beside beside) {
  std::vector<Part*> first, second;
  const bool two_rounds = OthersAskWhetherNew();
  for (Part& part : parts_) (two_rounds && !part.asks ? second : first).push_back(&part);
  RunParts(store, first, deadline, beside);
  if (answer_.complete && !second.empty()) {
    request_.SettleNew(answer_.new_recipient);
    RunParts(store, second, deadline, {});
  }
  answer_.reserved = answer_.reserved && answer_.complete;
  if (answer_.complete && !answer_.reserved) GiveBack();
  return std::move(answer_);
}

void Round::RunParts(Store& store, std::span<Part* const> parts, base::Deadline deadline,
                     Beside beside) {
  std::vector<Store::ScriptCall> calls;
  for (Part* const part : parts) calls.push_back(CallOf(*part));
  for (const auto& call : beside.calls) calls.push_back(call);
  if (calls.empty()) return;
  auto results = store.RunAll(calls, deadline);
  beside.TakeFrom(results);
  for (std::size_t i = 0; i < parts.size(); ++i) Take(*parts[i], results[i]);
}

void TellOnce(const base::Error& error) {
  static std::atomic<bool> told = false;
  if (!told.exchange(true)) log::Error("limits_script_failed").With("reason", error.message);
}

void Round::Take(const Part& part, const store::ScriptResult& result) {
  if (result && result->size() >= 2) return TakeAnswers(part, *result);
  answer_.complete = false;
  if (result) return;
  const auto kind = result.error().kind;
  // Such a call may have had its effect.
  if (kind == ErrorKind::kTimeout || kind == ErrorKind::kUnavailable) answer_.may_hold = true;
  if (kind == ErrorKind::kInvalid || kind == ErrorKind::kInternal) TellOnce(result.error());
}

void Round::TakeAnswers(const Part& part, std::span<const std::int64_t> numbers) {
  auto answers = ChargeRequest::ParseAnswers(numbers.subspan(2), ChargesOf(part));
  if (numbers[0] == 1) {
    holding_.push_back(&part);
    answer_.may_hold = true;
  }
  answer_.reserved = answer_.reserved && numbers[0] == 1;
  if (part.asks) answer_.new_recipient = numbers[1] == 1;
  answer_.complete = answer_.complete && answers;
  for (std::size_t i = 0; answers && i < part.subjects.size(); ++i) {
    answer_.answers[part.subjects[i]] = std::move((*answers)[i]);
  }
}

void Round::GiveBack() {
  answer_.may_hold = false;
  if (holding_.empty()) return;
  // What was not reserved, as the recipient is known, is not given back.
  if (known_) request_.SettleNew(answer_.new_recipient);
  auto& back = answer_.give_back.emplace();
  const auto fitting = request_.Fitting(answer_.answers);
  for (const Part* const part : holding_) {
    for (const std::size_t k : part->subjects) {
      back.keys.push_back(request_.keys[k]);
      back.charges.push_back(fitting[k]);
    }
  }
  back.id = claim_.id;
  back.mode = SettleMode::kReturn;
}

}  // namespace

void Beside::TakeFrom(ScriptResults& all) const {
  if (!results) return;
  results->assign(std::make_move_iterator(all.end() - static_cast<std::ptrdiff_t>(calls.size())),
                  std::make_move_iterator(all.end()));
}

SharedAnswer SharedCount::Reserve(const Claim& claim, ChargeRequest& request, const Asked& asked,
                                  base::Deadline deadline, Beside beside) {
  auto answer =
      Round(claim, request, asked, store_.one_tag_per_script()).Run(store_, deadline, beside);
  if (answer.give_back) answer.give_back->at = clock_.Steady();
  return answer;
}

}  // namespace gatepost::limits
