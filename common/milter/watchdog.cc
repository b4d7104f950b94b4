#include "common/milter/watchdog.h"

#include "common/log/log.h"
#include "common/milter/self_check.h"
#include "common/milter/systemd.h"

namespace gatepost::milter {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// Three checks fit into the manager's interval, so that one slow one does no harm.
Watchdog::Watchdog(int listening_fd)
    : listening_fd_(listening_fd), period_(duration_cast<milliseconds>(WatchdogInterval()) / 3) {
  if (period_.count() > 0) thread_ = std::thread([this] { Loop(); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Watchdog::BeginDrain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

void Watchdog::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const bool draining = draining_;
    lock.unlock();
    if (draining || Alive()) NotifyAlive();
    lock.lock();
    changed_.wait_for(lock, period_, [this] { return stopped_; });
  }
}

// Where our address cannot be reached from inside (a private network with an inherited socket),
// nothing is proved but that threads run; better than to be restarted for ever.
bool Watchdog::Alive() {
  if (!reachable_) return true;
  const auto checked = CheckOwnSocket(listening_fd_, period_);
  if (checked) return true;
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return true;  // the socket was closed under the check
  }
  log::Warning("self-check failed").With("reason", checked.error().message);
  if (checked.error().kind != base::ErrorKind::kUnavailable) return false;
  reachable_ = false;
  return true;
}

}  // namespace gatepost::milter
