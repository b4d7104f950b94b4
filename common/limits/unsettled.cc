#include "common/limits/unsettled.h"

namespace gatepost::limits {
namespace {

std::string NameOf(const std::string& subject, const std::string& slot) {
  return subject + '\n' + slot;
}

}  // namespace

Unsettled::Claim::~Claim() {
  for (const auto& [name, amount] : amounts_) owner_->Change(name, -amount);
}

void Unsettled::Claim::Add(const std::string& subject,
                           const std::vector<store::LimitCharge>& charges) {
  for (const auto& charge : charges) {
    if (charge.amount <= 0) continue;
    amounts_.emplace_back(NameOf(subject, charge.slot), charge.amount);
    owner_->Change(amounts_.back().first, charge.amount);
  }
}

std::int64_t Unsettled::Of(const std::string& subject, const std::string& slot) const {
  const std::lock_guard lock(mutex_);
  const auto found = amounts_.find(NameOf(subject, slot));
  return found == amounts_.end() ? 0 : found->second;
}

void Unsettled::Change(const std::string& name, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  const auto found = amounts_.try_emplace(name).first;
  found->second += by;
  if (found->second == 0) amounts_.erase(found);
  slots_ = amounts_.size();
}

}  // namespace gatepost::limits
