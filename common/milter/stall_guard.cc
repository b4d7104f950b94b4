#include "common/milter/stall_guard.h"

#include "common/milter/socket.h"

namespace gatepost::milter {
namespace {

constexpr std::chrono::milliseconds kPeriod{10};
constexpr int kConnectionsAtOnce = 2;

}  // namespace

StallGuard::StallGuard(CallbackGate& gate, int listening_fd)
    : gate_(gate), listening_fd_(listening_fd), thread_([this] { Loop(); }) {}

StallGuard::~StallGuard() {
  stopped_ = true;
  gate_.StopWatching();
  thread_.join();
}

// A failure (a full backlog, a socket out of reach) is no worse than not to have tried.
void StallGuard::Relieve() const {
  for (int i = 0; i < kConnectionsAtOnce; ++i) {
    const auto connection = ConnectToOwnSocket(listening_fd_);
  }
}

void StallGuard::Loop() {
  while (!stopped_) {
    gate_.AwaitCallback();
    WatchUntilEmpty();
  }
}

void StallGuard::WatchUntilEmpty() {
  while (!stopped_) {
    std::this_thread::sleep_for(kPeriod);
    if (gate_.BeginPeriod()) Relieve();
    if (gate_.empty()) return;
  }
}

}  // namespace gatepost::milter
