#include "milters/attachments/scanner_pool.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "common/log/log.h"

namespace gatepost::attachments {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;

// A place among the processes: given back whatever happens, a caller's exception too.
class ScannerPool::Lease {
 public:
  explicit Lease(ScannerPool& pool) : pool_(pool) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (held_) pool_.GiveBack(std::move(process_));
  }
  Result<void> Take(Deadline deadline) {
    auto taken = pool_.Take(deadline);
    if (!taken) return tl::unexpected(taken.error());
    held_ = true;
    process_ = std::move(*taken);
    if (process_) return {};
    auto started = pool_.Start(deadline);
    if (!started) return tl::unexpected(started.error());
    process_ = std::move(*started);
    return {};
  }
  ScannerProcess* operator->() { return process_.get(); }

 private:
  ScannerPool& pool_;
  bool held_ = false;
  Process process_;
};

ScannerPool::ScannerPool(ScannerOptions options)
    : options_(std::move(options)),
      most_(options_.processes > 0 ? options_.processes
                                   : std::max(1u, std::thread::hardware_concurrency())) {}

ScannerPool::~ScannerPool() = default;

Result<ScanResult> ScannerPool::Scan(const ScanRequest& request, const ScanFile& file,
                                     const OnMember& on_member, Deadline deadline) {
  Lease lease(*this);
  if (const auto held = lease.Take(deadline); !held) return tl::unexpected(held.error());
  ++requests_;
  const Deadline own = std::chrono::steady_clock::now() + options_.time;
  auto result = lease->Scan(request, file, on_member, std::min(deadline, own));
  if (!result) TellTrouble(result.error());
  return result;
}

Result<ScannerReady> ScannerPool::Ping(Deadline deadline) {
  Lease lease(*this);
  if (const auto held = lease.Take(deadline); !held) return tl::unexpected(held.error());
  if (const auto answered = lease->Ping(deadline); !answered) {
    return tl::unexpected(answered.error());
  }
  return lease->ready();
}

// One that waits, or a place for one that is to be started.
Result<ScannerPool::Process> ScannerPool::Take(Deadline deadline) {
  Process old;  // ended outside the lock
  std::unique_lock lock(mutex_);
  if (!freed_.wait_until(lock, deadline, [this] { return taken_ < most_; })) {
    return Fail(ErrorKind::kLimit, "all scanners are busy");
  }
  ++taken_;
  if (idle_.empty()) return Process();
  Process process = std::move(idle_.back());
  idle_.pop_back();
  lock.unlock();
  if (process->MayServe()) return process;
  old = std::move(process);
  return Process();
}

void ScannerPool::GiveBack(Process process) {
  if (process && !process->MayServe()) process.reset();
  {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (process) idle_.push_back(std::move(process));
  }
  freed_.notify_one();
}

Result<ScannerPool::Process> ScannerPool::Start(Deadline deadline) {
  auto started = ScannerProcess::Start(options_, deadline);
  TellStart(started);
  if (started) ++started_;
  return started;
}

// Once at each change, whatever the number of messages.
void ScannerPool::TellStart(const Result<Process>& started) {
  if (!started) {
    if (!broken_.exchange(true)) {
      log::Error("no scanner can be started").With("reason", started.error().message);
    }
    return;
  }
  const bool again = broken_.exchange(false);
  if (greeted_.exchange(true) && !again) return;
  const ScannerReady& ready = (*started)->ready();
  log::Line line(ready.seccomp && ready.landlock > 0 ? log::Level::kInfo : log::Level::kWarning,
                 "scanner confined");
  line.With("seccomp", ready.seccomp ? "yes" : "no").With("landlock", ready.landlock);
  line.With("memory_limit", ready.memory_limit ? "yes" : "no");
}

void ScannerPool::TellTrouble(const base::Error& error) {
  if (error.kind == ErrorKind::kTimeout) ++timeouts_;
  if (error.kind == ErrorKind::kUnavailable) ++deaths_;
  log::Warning("attachment not scanned").With("reason", error.message);
}

ScannerPool::Counts ScannerPool::counts() const {
  return {requests_.load(), deaths_.load(), timeouts_.load(), started_.load()};
}

}  // namespace gatepost::attachments
