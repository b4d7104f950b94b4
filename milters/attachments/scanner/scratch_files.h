// Where the scanner's process puts containers within containers: memory while they are small, else
// the files without a name that the milter opened for it. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "milters/attachments/scanner/scan.h"

namespace gatepost::attachments {

// `fd` stays the caller's; at most `most_bytes` are kept, 0: no bound of its own.
class DescriptorScratch final : public ScratchFile, private Content {
 public:
  DescriptorScratch(int fd, std::uint64_t most_bytes) : fd_(fd), most_bytes_(most_bytes) {}
  void Clear() override;
  bool Append(std::span<const std::byte> bytes) override;
  const Content& content() const override { return *this; }

 private:
  static constexpr std::size_t kMostMemory = 256 * 1024;

  std::uint64_t size() const override { return size_; }
  std::size_t ReadAt(std::uint64_t offset, std::span<std::byte> into) const override;
  bool Write(std::span<const std::byte> bytes);

  const int fd_;
  const std::uint64_t most_bytes_;
  std::uint64_t size_ = 0;
  std::vector<std::byte> memory_;
  bool in_file_ = false;  // once it is, all is in it
};

class ScratchFiles final : public Scratch {
 public:
  // `count` descriptors from `first` on.
  ScratchFiles(int first, std::size_t count, std::uint64_t most_bytes);
  ScratchFile* At(std::size_t depth) override;
  // All of them, between requests.
  void Clear();

 private:
  std::deque<DescriptorScratch> files_;
};

}  // namespace gatepost::attachments
