// What one scan has cost so far, with all that lies within the file. Once a limit is reached
// nothing goes on. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/format_budget.h"
#include "milters/attachments/scanner/scan.h"

namespace gatepost::attachments {

class ScanMeter final : public FormatBudget {
 public:
  // Time is counted from here on. `file_bytes`: of the file itself.
  ScanMeter(const ScanBudget& budget, std::uint64_t file_bytes);

  // Each is false once a limit is reached, by this call or before.
  bool Spend(std::uint64_t bytes) override;  // read, or unpacked by a format
  bool Unpack(std::uint64_t bytes);          // came out of an archive
  bool TakeMember();

  bool open() const { return !reached_.any(); }
  const Properties& reached() const { return reached_; }
  // So far: the processor's time, and bytes that came out of archives.
  std::chrono::microseconds spent() const;
  std::uint64_t unpacked() const { return unpacked_; }
  std::size_t members() const { return members_; }

 private:
  bool Reach(Property limit);
  bool CheckTime();

  const ScanBudget budget_;
  const std::uint64_t file_bytes_;
  const std::chrono::nanoseconds start_;
  std::uint64_t bytes_ = 0;
  std::uint64_t unpacked_ = 0;
  std::uint64_t unclocked_ = 0;  // bytes since the clock was read
  std::size_t members_ = 0;
  Properties reached_;
};

// Whether so much out of so few bytes is a bomb.
bool IsBomb(const ScanBudget& budget, std::uint64_t unpacked, std::uint64_t packed);
// While more may come that is better: by much more of the same.
bool IsBombSoFar(const ScanBudget& budget, std::uint64_t unpacked, std::uint64_t packed);

}  // namespace gatepost::attachments
