// What one command asks of the store: charges by subject, each slot once, as scripts take them; and
// their answers put back in the caller's order. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/limits/ledger.h"
#include "common/store/limit_charges.h"
#include "common/store/store.h"

namespace gatepost::limits {

class ChargeRequest {
 public:
  // Subjects and slots that occur twice become one: one message counts once in a slot, and the
  // strictest of them decides.
  explicit ChargeRequest(std::span<const SubjectCharges> charges);

  std::vector<std::string> subjects;
  std::vector<store::Key> keys;  // of the subjects
  store::LimitCharges charges;   // of the subjects

  // The outcomes of `charges`, in the caller's order.
  using Answers = std::vector<std::vector<ChargeOutcome>>;
  Answers InOrder(const Answers& answers) const;
  // The charges that fit, by subject.
  store::LimitCharges Fitting(const Answers& answers) const;
  // Whether the recipient is new is known now: charges for new ones count, or nothing.
  void SettleNew(bool is_new);

  // The charges of these subjects alone.
  static std::optional<Answers> ParseAnswers(std::span<const std::int64_t> numbers,
                                             const store::LimitCharges& charges);

 private:
  std::size_t SubjectIndex(const std::string& subject);
  std::size_t ChargeIndex(std::size_t subject, const Charge& charge);

  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> places_;  // subject, charge
};

}  // namespace gatepost::limits
