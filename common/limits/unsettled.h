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

   private:
    const std::shared_ptr<Unsettled> owner_;
    std::vector<std::pair<std::string, std::int64_t>> amounts_;  // by subject and slot
  };

  struct Standing {
    std::int64_t amount = 0;  // not known to the shared store
    std::int64_t added = 0;   // in all, since the amount was 0 last

    // What came to it since `before`, which was all 0 where nobody looked.
    std::int64_t NewsSince(const Standing& before) const {
      return added >= before.added ? added - before.added : added;
    }
  };

  bool any() const { return slots_.load() > 0; }
  // Grows with each claim.
  std::uint64_t claims() const { return claims_.load(); }
  Standing Of(const std::string& subject, const std::string& slot) const;

 private:
  void Add(const std::string& name, std::int64_t amount);
  void TakeAway(const std::string& name, std::int64_t amount);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Standing> standings_;  // no amount is 0
  std::atomic<std::size_t> slots_ = 0;
  std::atomic<std::uint64_t> claims_ = 0;
};

}  // namespace gatepost::limits
