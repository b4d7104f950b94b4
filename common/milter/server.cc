#include "common/milter/server.h"

#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "common/log/log.h"
#include "common/milter/callbacks.h"
#include "common/milter/reloader.h"
#include "common/milter/signals.h"
#include "common/milter/socket.h"
#include "common/milter/stall_guard.h"
#include "common/milter/systemd.h"
#include "common/milter/watchdog.h"

namespace gatepost::milter {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kExitSoftware = 70;   // EX_SOFTWARE of sysexits.h
constexpr int kExitBadConfig = 78;  // EX_CONFIG
constexpr milliseconds kTick{1'000};
constexpr int kTicksPerStatus = 10;
constexpr milliseconds kDrainPoll{10};
constexpr milliseconds kCallbackPatience{1'000};

// A connection is a descriptor, and libmilter spins when accept finds none free.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// libmilter's threads come and go with the load, and what one allocates another frees. With glibc's
// default of eight arenas a core, each keeps its own high-water mark for ever; a few are enough
// for the few threads that run at once.
void BoundMemory() {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  ::mallopt(M_ARENA_MAX, static_cast<int>(std::clamp(cores, 2U, 8U)));
}

// libmilter's listener in a thread of its own, so that this one is free for signals. The thread is
// never joined: libmilter cannot be stopped without races of its own (its listener destroys a mutex
// that smfi_stop may be waiting for), so its threads end with the process, and ServerGate keeps
// them out of what is torn down before.
class Listener {
 public:
  // Takes the socket over: libmilter knows it as "fd:N".
  Listener(const ServerOptions& options, ListeningSocket& socket, Service& service)
      : fd_(socket.fd.Release()), name_(options.name) {
    std::string connection = "fd:" + std::to_string(fd_);
    configured_ = smfi_register(DescribeFilter(name_, service)) == MI_SUCCESS &&
                  smfi_setconn(connection.data()) == MI_SUCCESS &&
                  smfi_setbacklog(options.backlog) == MI_SUCCESS &&
                  smfi_settimeout(static_cast<int>(options.idle_timeout.count())) == MI_SUCCESS;
    smfi_setmaxdatasize(options.max_frame_bytes);
  }

  bool configured() const { return configured_; }
  int fd() const { return fd_; }

  bool Start() { return ::pthread_create(&thread_, nullptr, &Listen, nullptr) == 0; }

  // Puts something on which nobody ever calls in the listening socket's place, and gets the
  // listener out of its poll, which would hold the socket open for up to five seconds. A socket of
  // our own is closed by this; in one of systemd's, callers wait for our successor.
  void StopAccepting() {
    const int quiet = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (quiet < 0) return;
    ::dup3(quiet, fd_, O_CLOEXEC);
    ::close(quiet);
    Interrupt(thread_);
  }

 private:
  static void* Listen(void*) {
    BecomeInterruptible();
    smfi_main();
    ReportListenerEnd();
    return nullptr;
  }

  int fd_;
  std::string name_;
  bool configured_ = false;
  pthread_t thread_{};  // never joined, see above
};

void ReportStatus() {
  const ServerCounts counts = CurrentCounts();
  NotifyStatus(std::to_string(counts.sessions) + " sessions, " +
               std::to_string(counts.messages_under_way) + " messages under way, " +
               std::to_string(counts.messages) + " in all, " + std::to_string(counts.failures) +
               " failed");
}

class Server {
 public:
  Server(const ServerOptions& options, ListeningSocket& socket, Service& service)
      : options_(options),
        socket_(socket),
        listener_(options, socket, service),
        reloader_(service),
        watchdog_(listener_.fd()),
        stall_guard_(ServerGate(), listener_.fd()) {}

  int Serve() {
    if (!listener_.configured() || !listener_.Start()) return End(kExitSoftware, {});
    log::Info("listening").With("socket", socket_.name);
    NotifyReady();
    ReportStatus();
    if (!AwaitStop()) return End(kExitSoftware, kCallbackPatience);
    return End(0, Drain() ? kCallbackPatience : milliseconds(0));
  }

 private:
  // False when libmilter gave up by itself; it has logged why.
  bool AwaitStop() {
    for (int ticks = 1;;) {
      switch (WaitForSignal(kTick)) {
        case Signal::kReload:
          reloader_.Request();
          break;
        case Signal::kStop:
          return true;
        case Signal::kListenerEnded:
          log::Error("the listener ended by itself");
          return false;
        case Signal::kNone:
          if (ServerTraffic().sessions() > 0) stall_guard_.Relieve();
          if (ticks++ % kTicksPerStatus == 0) ReportStatus();
          break;
      }
    }
  }

  // The file goes first: who comes now finds nothing, instead of a socket that hangs up. False when
  // a second signal asked for an end at once.
  bool Drain() {
    const auto began = steady_clock::now();
    const Traffic& traffic = ServerTraffic();
    log::Info("stopping").With("messages_under_way", traffic.messages_under_way());
    NotifyStopping();
    watchdog_.BeginDrain();
    RemoveSocketFile(socket_);
    listener_.StopAccepting();
    ServerTraffic().BeginDrain(began);
    while (!traffic.Drained(steady_clock::now()) &&
           steady_clock::now() - began < options_.drain_timeout) {
      if (WaitForSignal(kDrainPoll) == Signal::kStop) return false;
    }
    return true;
  }

  // What still runs in the program's code after `patience` may not see it torn down: the process
  // ends on the spot then.
  int End(int status, milliseconds patience) {
    const bool left = ServerGate().Close(patience);
    const bool reloaded = reloader_.Stop(patience);
    const auto cut = ServerTraffic().messages_under_way();
    log::Info("stopped").With("messages_cut_off", cut);
    if (!left || !reloaded) std::_Exit(status);
    return status;
  }

  const ServerOptions& options_;
  const ListeningSocket& socket_;
  Listener listener_;
  Reloader reloader_;
  Watchdog watchdog_;
  StallGuard stall_guard_;
};

}  // namespace

ServerCounts CurrentCounts() {
  const Traffic& traffic = ServerTraffic();
  return {traffic.sessions(), traffic.messages_under_way(), traffic.messages(), traffic.failures()};
}

int Run(const ServerOptions& options, Service& service) {
  BlockSignals();
  RaiseDescriptorLimit();
  BoundMemory();
  auto socket = OpenListeningSocket(options);
  if (!socket) {
    log::Error("cannot listen").With("reason", socket.error().message);
    return kExitBadConfig;
  }
  return Server(options, *socket, service).Serve();
}

}  // namespace gatepost::milter
