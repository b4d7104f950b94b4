// Bytes put aside while a message streams by: in memory as long as they are few, else in a file
// that has no name, so that nothing is left behind whatever happens. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "milters/attachments/scanner/scan_file.h"

namespace gatepost::attachments {

class SpoolFile {
 public:
  // `folder` takes the file; at most `most_bytes` are kept.
  SpoolFile(std::string folder, std::uint64_t most_bytes)
      : folder_(std::move(folder)), most_bytes_(most_bytes) {}

  // False, from then on, once there is more than is kept or the disk took no more: what was put
  // aside is given up, as half of it is of no use.
  bool Append(std::span<const std::byte> bytes);
  bool good() const { return good_; }
  std::uint64_t size() const { return size_; }

  // Copies what there is from `offset` on; fewer than asked for at the end or after trouble.
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const;
  // All of it, for the scanner; it stays this object's, until the next call.
  base::Result<ScanFile> File();

 private:
  static constexpr std::size_t kMostBuffered = kMostScanBytesInside;
  static constexpr std::size_t kMostMemory = 512 * 1024;

  bool MakeRoom(std::size_t more);
  bool MoveToMemory();
  bool MoveToDisk();
  bool GiveUp();

  const std::string folder_;
  const std::uint64_t most_bytes_;
  bool good_ = true;
  std::uint64_t size_ = 0;
  std::vector<std::byte> memory_;
  base::UniqueFd file_;  // once there is one, all is in it
  bool on_disk_ = false;
};

}  // namespace gatepost::attachments
