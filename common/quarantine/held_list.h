// The messages that lie in one host's quarantine, as administrative state of the store with a copy
// on disk: nothing is forgotten while the store is away. The program that holds them adds; the
// command line of any host marks what became of them. Any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/quarantine/held_message.h"
#include "common/store/admin_state.h"
#include "common/store/store.h"

namespace gatepost::quarantine {

// The list of one host.
store::Key HeldListKey(std::string_view host);

// What the store has of a host's list, oldest first; entries that cannot be read are passed over.
base::Result<std::vector<HeldMessage>> ReadHeld(store::Store& store, const std::string& host,
                                                base::Deadline deadline);

// Held messages that the list has lost, for room or for age; they may still wait in Postfix's
// queue.
struct Forgotten {
  std::size_t count = 0;
  base::WallTime last{};  // when the last one was lost
  friend bool operator==(const Forgotten&, const Forgotten&) = default;
};
// Nothing is known of them once they would have been too old for the list, too.
base::Result<Forgotten> ReadForgotten(store::Store& store, const std::string& host,
                                      base::Deadline deadline);

class HeldList {
 public:
  // Beyond it the list is shortened: first what was released or deleted, then the oldest, which are
  // counted as forgotten.
  static constexpr std::size_t kMostEntries = 1'500;
  // What was released or deleted stays on the list for people to see; the others leave when nobody
  // has cared for so long. A message in the queue stays there.
  static constexpr auto kKeepEnded = std::chrono::hours(24 * 7);
  static constexpr auto kKeepHeld = std::chrono::hours(24 * 60);

  struct Options {
    std::string host;
    std::filesystem::path file;  // of this program's copy; empty: none
    std::chrono::milliseconds refresh{5'000};
    // As AdminState::Options; also told when the list is full. May be empty.
    std::function<void(const std::string&)> on_trouble = {};
  };
  // `store` and `clock` outlive it.
  HeldList(store::Store& store, Options options,
           const base::Clock& clock = base::SystemClock::Instance());

  // Puts it on the list, or replaces what the list says of this queue id. Neither the store nor the
  // disk is waited for. kInvalid for a queue id that is none.
  base::Result<void> Put(const HeldMessage& message);
  // Changes what the list says of `known`, whatever others write at the same time: `change` is
  // given what it says now, and once more where that was exchanged meanwhile. Where it says
  // nothing, it is given `known`. Waits for the store. Returns what was written.
  using Edit = std::function<void(HeldMessage&)>;
  base::Result<HeldMessage> Update(const HeldMessage& known, const Edit& change);
  base::Result<void> Remove(const std::string& queue_id);
  std::optional<HeldMessage> Find(std::string_view queue_id) const;
  std::vector<HeldMessage> All() const;  // oldest first
  // Takes over the store's state now, and tells it ours; for command lines and tests.
  base::Result<void> Refresh() { return state_.Refresh(); }

 private:
  void Tidy();
  void DropOld(base::WallTime now);
  void DropOverflow(base::WallTime now);
  void CountForgotten(std::size_t count, base::WallTime now);

  const std::string host_;
  const base::Clock& clock_;
  const std::function<void(const std::string&)> on_trouble_;
  std::mutex tidy_mutex_;
  base::WallTime tidied_{};
  store::AdminState state_;
};

}  // namespace gatepost::quarantine
