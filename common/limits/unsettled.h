// What this host let through alone and the shared store does not know of yet. When that is back,
// limits are lower by this until all is handed over: so at the change nobody gets room twice. Any
// thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/store/limit_charges.h"

namespace gatepost::limits {

class Unsettled : public std::enable_shared_from_this<Unsettled> {
 public:
  // What one message adds; taken away when it goes.
  class Claim {
   public:
    explicit Claim(std::shared_ptr<Unsettled> owner) : owner_(std::move(owner)) {}
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    void Add(const std::string& subject, const std::vector<store::LimitCharge>& charges);
    std::size_t size() const { return amounts_.size(); }
    // All from the `first` on; those of one slot.
    void GiveUp(std::size_t first);
    void GiveUp(std::size_t first, const std::string& subject, const std::string& slot);

   private:
    const std::shared_ptr<Unsettled> owner_;
    std::vector<std::pair<std::string, std::int64_t>> amounts_;  // by subject and slot
  };

  struct Standing {
    std::int64_t amount = 0;  // not known to the shared store
    std::int64_t added = 0;   // in all, ever

    // What came to it since `before`.
    std::int64_t NewsSince(const Standing& before) const {
      return added > before.added ? added - before.added : 0;
    }
  };

  // Whether there ever was a claim: before, all standings are 0.
  bool any() const { return claims_.load() > 0; }
  // Grows with each claim.
  std::uint64_t claims() const { return claims_.load(); }
  Standing Of(const std::string& subject, const std::string& slot) const;

 private:
  static constexpr std::size_t kMostStandings = 200'000;

  void Add(const std::string& name, std::int64_t amount);
  void Settle(const std::string& name, std::int64_t amount);  // the shared store knows it
  void GiveUp(const std::string& name, std::int64_t amount);  // as if it had never been claimed

  mutable std::mutex mutex_;
  // Those of 0 stay, as who asks now compares `added` later; forgotten when there are too many.
  std::unordered_map<std::string, Standing> standings_;
  std::atomic<std::uint64_t> claims_ = 0;
};

}  // namespace gatepost::limits
