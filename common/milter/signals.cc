#include "common/milter/signals.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "common/milter/server.h"

// libmilter starts a thread that waits in sigwait for HUP, TERM and INT, and stops the server at
// any of them, HUP included. The executable's own definition comes before the C library's, so that
// thread gets this one: it never returns, and all signals stay with WaitForSignal, which uses
// sigtimedwait. Nothing else in the process may rely on sigwait.
extern "C" int sigwait(const sigset_t*, int*) {
  for (;;) ::pause();
}

namespace gatepost::milter {
namespace {

constexpr int kListenerEndedSignal = SIGUSR1;
constexpr int kInterruptSignal = SIGUSR2;

sigset_t AwaitedSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGHUP, SIGTERM, SIGINT, kListenerEndedSignal}) sigaddset(&set, number);
  return set;
}

sigset_t InterruptSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, kInterruptSignal);
  return set;
}

// Tells our own signal from one that somebody sent by hand.
std::atomic<bool> g_listener_ended{false};

extern "C" void DoNothing(int) {}

}  // namespace

void BlockSignals() {
  sigset_t set = AwaitedSignals();
  sigaddset(&set, kInterruptSignal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

Signal WaitForSignal(std::chrono::milliseconds patience) {
  const sigset_t set = AwaitedSignals();
  timespec time{};
  time.tv_sec = patience.count() / 1000;
  time.tv_nsec = patience.count() % 1000 * 1'000'000;
  switch (sigtimedwait(&set, nullptr, &time)) {
    case SIGHUP:
      return Signal::kReload;
    case SIGTERM:
    case SIGINT:
      return Signal::kStop;
    case kListenerEndedSignal:
      return g_listener_ended ? Signal::kListenerEnded : Signal::kNone;
    default:
      return Signal::kNone;
  }
}

void ReportListenerEnd() {
  g_listener_ended = true;
  ::kill(::getpid(), kListenerEndedSignal);
}

void BecomeInterruptible() {
  struct sigaction action {};
  action.sa_handler = DoNothing;  // no SA_RESTART
  sigaction(kInterruptSignal, &action, nullptr);
  const sigset_t set = InterruptSet();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupt(pthread_t thread) { pthread_kill(thread, kInterruptSignal); }

}  // namespace gatepost::milter
