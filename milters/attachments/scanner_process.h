// One confined scanner process as its milter sees it: started, asked, ended. Whatever it sends is
// foreign. Used by scanner_pool.cc; one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "milters/attachments/scanner/scan_protocol.h"
#include "milters/attachments/scanner_client.h"
#include "milters/attachments/scanner_options.h"

namespace gatepost::attachments {

class ScannerProcess {
 public:
  // Waits until it is confined. kUnavailable, with the reason, where it cannot be.
  static base::Result<std::unique_ptr<ScannerProcess>> Start(const ScannerOptions& options,
                                                             base::Deadline deadline);
  ScannerProcess(const ScannerProcess&) = delete;
  ScannerProcess& operator=(const ScannerProcess&) = delete;
  // Ends it and waits for its end.
  ~ScannerProcess();

  const ScannerReady& ready() const { return ready_; }
  pid_t pid() const { return pid_; }
  // Alive, not in the middle of an answer, and neither old nor grown.
  bool MayServe() const;

  // After an error it serves no more. kUnavailable: it died or sent what it must not; kTimeout.
  base::Result<ScanResult> Scan(const ScanRequest& request, const ScanFile& file,
                                const ScannerClient::OnMember& on_member, base::Deadline deadline);
  base::Result<void> Ping(base::Deadline deadline);

 private:
  ScannerProcess(const ScannerOptions& options, pid_t pid, base::UniqueFd socket);
  base::Result<void> ReceivePacket(base::Deadline deadline);
  base::Result<Answer> Receive(base::Deadline deadline);
  base::Result<void> AwaitReady(base::Deadline deadline);
  base::Result<ScanResult> AwaitEnd(const ScannerClient::OnMember& on_member,
                                    const ScanBudget& budget, base::Deadline deadline);
  ScanResult TakeEnd(const ScanEnd& end);
  // Ends it and says how it ended.
  std::string End();
  tl::unexpected<base::Error> Died();
  tl::unexpected<base::Error> Distrust(const std::string& reason);

  const std::size_t most_requests_;
  const std::uint32_t worn_kilobytes_;
  pid_t pid_;
  base::UniqueFd socket_;
  ScannerReady ready_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> unread_;  // of the packet in it
  std::uint32_t requests_ = 0;
  std::uint32_t first_kilobytes_ = 0;  // at the first answer
  std::uint32_t peak_kilobytes_ = 0;
  std::uint64_t answered_bytes_ = 0;  // to the order so far
  bool busy_ = false;                 // an answer is not read to its end
};

// The signal's name, and for SIGSYS what it means: "signal SIGSYS, a forbidden system call".
std::string DescribeEnd(int wait_status);

}  // namespace gatepost::attachments
