#include "common/limits/unsettled.h"

namespace gatepost::limits {
namespace {

std::string NameOf(const std::string& subject, const std::string& slot) {
  return subject + '\n' + slot;
}

}  // namespace

Unsettled::Claim::~Claim() {
  for (const auto& [name, amount] : amounts_) owner_->TakeAway(name, amount);
}

void Unsettled::Claim::Add(const std::string& subject,
                           const std::vector<store::LimitCharge>& charges) {
  for (const auto& charge : charges) {
    if (charge.amount <= 0) continue;
    amounts_.emplace_back(NameOf(subject, charge.slot), charge.amount);
    owner_->Add(amounts_.back().first, charge.amount);
  }
}

Unsettled::Standing Unsettled::Of(const std::string& subject, const std::string& slot) const {
  const std::lock_guard lock(mutex_);
  const auto found = standings_.find(NameOf(subject, slot));
  return found == standings_.end() ? Standing() : found->second;
}

void Unsettled::Add(const std::string& name, std::int64_t amount) {
  const std::lock_guard lock(mutex_);
  Standing& standing = standings_[name];
  standing.amount += amount;
  standing.added += amount;
  slots_ = standings_.size();
  ++claims_;
}

void Unsettled::TakeAway(const std::string& name, std::int64_t amount) {
  const std::lock_guard lock(mutex_);
  const auto found = standings_.find(name);
  if (found == standings_.end()) return;
  found->second.amount -= amount;
  if (found->second.amount <= 0) standings_.erase(found);
  slots_ = standings_.size();
}

}  // namespace gatepost::limits
