// The milter's scanner processes: started when they are needed, one file at a time each, replaced
// when they die, are late, old or grown. Any thread; the last call is over before it is destroyed,
// which ends them all.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "milters/attachments/scanner_client.h"
#include "milters/attachments/scanner_options.h"
#include "milters/attachments/scanner_process.h"

namespace gatepost::attachments {

class ScannerPool final : public ScannerClient {
 public:
  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t deaths = 0;    // of files that were looked into
    std::uint64_t timeouts = 0;  // ended by us, as they took too long
    std::uint64_t started = 0;
  };

  explicit ScannerPool(ScannerOptions options);
  ~ScannerPool() override;

  base::Result<ScanResult> Scan(const ScanRequest& request, const ScanFile& file,
                                const OnMember& on_member, base::Deadline deadline) override;
  // Whether a process can be started and answers, and what confines it: asked at start, and by
  // --check-config. kUnavailable with the reason, in words for an administrator.
  base::Result<ScannerReady> Ping(base::Deadline deadline);

  Counts counts() const;

 private:
  using Process = std::unique_ptr<ScannerProcess>;
  class Lease;

  base::Result<Process> Take(base::Deadline deadline);
  void GiveBack(Process process);
  base::Result<Process> Start(base::Deadline deadline);
  void TellStart(const base::Result<Process>& started);
  void TellTrouble(const base::Error& error);

  const ScannerOptions options_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Process> idle_;  // the one that served last is at the end
  std::size_t taken_ = 0;
  std::atomic<bool> broken_{false};  // the last could not be started, and that was told
  std::atomic<bool> greeted_{false};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> deaths_{0};
  std::atomic<std::uint64_t> timeouts_{0};
  std::atomic<std::uint64_t> started_{0};
};

}  // namespace gatepost::attachments
