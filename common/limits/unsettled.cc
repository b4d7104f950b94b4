#include "common/limits/unsettled.h"

namespace gatepost::limits {
namespace {

std::string NameOf(const std::string& subject, const std::string& slot) {
  return subject + '\n' + slot;
}

}  // namespace

Unsettled::Claim::~Claim() {
  for (const auto& [name, amount] : amounts_) owner_->Settle(name, amount);
}

void Unsettled::Claim::GiveUp(std::size_t first) {
  for (std::size_t i = first; i < amounts_.size(); ++i) {
    owner_->GiveUp(amounts_[i].first, amounts_[i].second);
  }
  amounts_.resize(first);
}

void Unsettled::Claim::GiveUp(std::size_t first, const std::string& subject,
                              const std::string& slot) {
  for (std::size_t i = first; i < amounts_.size(); ++i) {
    if (amounts_[i].first != NameOf(subject, slot)) continue;
    owner_->GiveUp(amounts_[i].first, amounts_[i].second);
    amounts_[i].second = 0;
  }
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
  if (standings_.size() >= kMostStandings) {
    std::erase_if(standings_, [](const auto& standing) { return standing.second.amount == 0; });
  }
  Standing& standing = standings_[name];
  standing.amount += amount;
  standing.added += amount;
  ++claims_;
}

void Unsettled::Settle(const std::string& name, std::int64_t amount) {
  const std::lock_guard lock(mutex_);
  const auto found = standings_.find(name);
  if (found != standings_.end()) found->second.amount -= amount;
}

void Unsettled::GiveUp(const std::string& name, std::int64_t amount) {
  const std::lock_guard lock(mutex_);
  const auto found = standings_.find(name);
  if (found == standings_.end()) return;
  found->second.amount -= amount;
  found->second.added -= amount;
}

}  // namespace gatepost::limits
