// This host's own counting, for the time while the shared store is away. It begins where all hosts
// stood when this host last heard of a subject: each answer of the shared store is followed. What
// came to that since the last answer counts as of now (so room comes back late, never early); what
// left leaves oldest first. Bounded: who was not heard of for longest is forgotten first. Any
// thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "common/base/lru_cache.h"
#include "common/limits/charge_request.h"
#include "common/limits/settlement.h"
#include "common/store/limit_state.h"
#include "common/store/memory_store.h"

namespace gatepost::limits {

class LocalCount {
 public:
  LocalCount(const base::Clock& clock, std::size_t subjects);

  // Taken before the shared store is asked.
  using Moment = std::uint64_t;
  Moment Now() const { return changes_.load(); }
  // The shared store said what is used; `reserved`: and this was added. `asked`: then. Where
  // something else was followed or counted since, nobody knows which answer is the older one: it
  // can only add then.
  void Follow(const ChargeRequest& request, const ChargeRequest::Answers& answers, bool reserved,
              Moment asked);
  void FollowKnown(const std::string& account, const std::string& recipient_hash);
  bool IsKnown(const std::string& account, const std::string& recipient_hash) const;

  struct Reserved {
    bool reserved = false;
    ChargeRequest::Answers answers;
  };
  // Charges for new recipients have been decided by the caller.
  Reserved Reserve(const std::string& id, std::chrono::milliseconds life,
                   const ChargeRequest& request);
  void Settle(const Settlement& settlement);

 private:
  static constexpr std::size_t kParts = 16;
  static constexpr std::size_t kKnown = 1 << 17;
  struct Followed {
    store::LimitState state;
    Moment changed = 0;
  };
  struct Part {
    explicit Part(std::size_t subjects) : followed(subjects) {}
    std::mutex mutex;
    base::LruCache<Followed> followed;
  };

  Part& PartOf(const std::string& subject);
  std::int64_t NowMs() const;
  Followed StateOf(Part& part, const store::Key& key, const std::string& subject);
  void TakeOver(Part& part, const store::Key& key, const std::string& subject);
  bool ReserveOne(const std::string& id, std::chrono::milliseconds life,
                  const ChargeRequest& request, std::size_t subject, Reserved& reserved);

  const base::Clock& clock_;
  store::MemoryStore store_;
  std::array<std::unique_ptr<Part>, kParts> parts_;
  std::atomic<Moment> changes_ = 0;
  std::atomic<Moment> counted_ = 0;  // when something was counted here alone last
  // Fingerprints of accounts with their recipients; a newer one takes the place of an older one.
  std::vector<std::atomic<std::uint64_t>> known_;
};

}  // namespace gatepost::limits
