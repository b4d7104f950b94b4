#include "milters/attachments/scanner/scan_meter.h"

#include <time.h>

#include <algorithm>

namespace gatepost::attachments {
namespace {

// To read the clock costs as much as to look at a few hundred bytes.
constexpr std::uint64_t kBytesBetweenClocks = 65'536;
constexpr std::uint64_t kCostOfCall = 512;

std::chrono::nanoseconds ProcessorTime() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

bool IsBomb(const ScanBudget& budget, std::uint64_t unpacked, std::uint64_t packed) {
  return unpacked > budget.ratio_floor &&
         unpacked / std::max<std::uint64_t>(1, budget.ratio) > packed;
}

bool IsBombSoFar(const ScanBudget& budget, std::uint64_t unpacked, std::uint64_t packed) {
  constexpr std::uint64_t kMuchMore = 4;
  return unpacked / kMuchMore > budget.ratio_floor && IsBomb(budget, unpacked, packed);
}

ScanMeter::ScanMeter(const ScanBudget& budget, std::uint64_t file_bytes)
    : budget_(budget), file_bytes_(file_bytes), start_(ProcessorTime()) {}

bool ScanMeter::Spend(std::uint64_t bytes) {
  if (!open()) return false;
  if (bytes > budget_.bytes - std::min(bytes_, budget_.bytes)) return Reach(Property::kOverBudget);
  bytes_ += bytes;
  unclocked_ += bytes + kCostOfCall;
  return unclocked_ < kBytesBetweenClocks || CheckTime();
}

bool ScanMeter::Unpack(std::uint64_t bytes) {
  if (!Spend(bytes)) return false;
  unpacked_ += bytes;
  return !IsBomb(budget_, unpacked_, file_bytes_) || Reach(Property::kBomb);
}

bool ScanMeter::TakeMember() {
  if (!open()) return false;
  if (members_ >= budget_.members) return Reach(Property::kTooManyMembers);
  ++members_;
  return CheckTime();
}

bool ScanMeter::CheckTime() {
  unclocked_ = 0;
  return ProcessorTime() - start_ < budget_.time || Reach(Property::kOverBudget);
}

std::chrono::microseconds ScanMeter::spent() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(ProcessorTime() - start_);
}

bool ScanMeter::Reach(Property limit) {
  reached_.Add(limit);
  return false;
}

}  // namespace gatepost::attachments
