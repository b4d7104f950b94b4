// The signals of the process: blocked in every thread (BlockSignals, server.h), taken by one. Only
// Run's thread waits.
#pragma once

#include <pthread.h>

#include <chrono>

namespace gatepost::milter {

enum class Signal {
  kNone,           // the time is up
  kReload,         // SIGHUP
  kStop,           // SIGTERM, SIGINT
  kListenerEnded,  // of our own: see ReportListenerEnd
};

Signal WaitForSignal(std::chrono::milliseconds patience);

// Makes WaitForSignal return kListenerEnded. Any thread.
void ReportListenerEnd();

// Lets Interrupt end this thread's system calls with EINTR.
void BecomeInterruptible();
void Interrupt(pthread_t thread);

}  // namespace gatepost::milter
