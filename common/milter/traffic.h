// Counts what the server has in hand, and decides when a stop would hurt nobody. One instance per
// process; all members may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "common/base/clock.h"

namespace gatepost::milter {

class Traffic {
 public:
  void SessionOpened() { ++sessions_; }
  void SessionClosed() { --sessions_; }

  // MAIL FROM. Returns whether the message is a latecomer (the stop had begun already), which
  // MessageEnded wants to hear again.
  bool MessageBegan();
  void MessageEnded(bool latecomer, base::SteadyTime now);
  void HandlerFailed() { ++failures_; }  // an exception left a handler

  // SIGTERM: from now on messages that begin are latecomers.
  void BeginDrain(base::SteadyTime now);
  // True when no message is under way that a stop would cut off. Messages from before the drain are
  // waited for; latecomers, on connections that the mail server keeps open, for a short grace
  // alone, or a busy connection could hold the stop for ever. After a message has ended, its reply
  // gets a moment to leave the process: libmilter sends it when our callback has returned.
  bool Drained(base::SteadyTime now) const;

  std::int64_t sessions() const { return sessions_; }
  std::int64_t messages_under_way() const { return under_way_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t failures() const { return failures_; }

 private:
  static constexpr std::chrono::milliseconds kReplyLeaves{100};
  static constexpr std::chrono::seconds kLatecomerGrace{2};

  std::atomic<std::int64_t> sessions_{0};
  std::atomic<std::int64_t> under_way_{0};
  std::atomic<std::int64_t> latecomers_{0};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<bool> draining_{false};
  std::atomic<base::SteadyTime> drain_began_{base::SteadyTime{}};
  std::atomic<base::SteadyTime> last_end_{base::SteadyTime{}};
};

}  // namespace gatepost::milter
