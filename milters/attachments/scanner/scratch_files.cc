#include "milters/attachments/scanner/scratch_files.h"

#include <errno.h>
#include <unistd.h>

namespace gatepost::attachments {

void DescriptorScratch::Clear() {
  size_ = 0;
  memory_.clear();
  // The milter cleared it when it opened it; here it is done for the disk's sake.
  if (in_file_ && ::ftruncate(fd_, 0) != 0) return;  // stays in the file, which is written over
  in_file_ = false;
}

bool DescriptorScratch::Append(std::span<const std::byte> bytes) {
  if (most_bytes_ > 0 && bytes.size() > most_bytes_ - size_) return false;
  if (!in_file_ && memory_.size() + bytes.size() <= kMostMemory) {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
    size_ += bytes.size();
    return true;
  }
  if (!in_file_) {
    size_ = 0;
    in_file_ = true;
    if (!Write(memory_)) return false;
    memory_ = {};
  }
  return Write(bytes);
}

bool DescriptorScratch::Write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    size_ += static_cast<std::size_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

std::size_t DescriptorScratch::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  if (!in_file_) return MemoryContent(memory_).ReadAt(offset, into);
  return FileContent(fd_, size_).ReadAt(offset, into);
}

ScratchFiles::ScratchFiles(int first, std::size_t count, std::uint64_t most_bytes) {
  for (std::size_t i = 0; i < count; ++i) {
    files_.emplace_back(first + static_cast<int>(i), most_bytes);
  }
}

ScratchFile* ScratchFiles::At(std::size_t depth) {
  return depth < files_.size() ? &files_[depth] : nullptr;
}

void ScratchFiles::Clear() {
  for (DescriptorScratch& file : files_) file.Clear();
}

}  // namespace gatepost::attachments
