#include "milters/attachments/scanner/scan_run.h"

#include <algorithm>

namespace gatepost::attachments {

ScratchFile* ScanRun::TakeScratch() {
  const auto free = std::ranges::find(taken_, nullptr);
  const auto number = static_cast<std::size_t>(free - taken_.begin());
  ScratchFile* const file = scratch_.At(number);
  if (file == nullptr) return nullptr;
  if (free == taken_.end()) taken_.push_back(nullptr);
  taken_[number] = file;
  file->Clear();
  return file;
}

void ScanRun::GiveBack(const ScratchFile* file) {
  const auto taken = std::ranges::find(taken_, file);
  if (taken == taken_.end()) return;
  (*taken)->Clear();
  *taken = nullptr;
}

}  // namespace gatepost::attachments
