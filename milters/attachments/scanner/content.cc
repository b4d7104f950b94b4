#include "milters/attachments/scanner/content.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace gatepost::attachments {
namespace {

// How much of `wanted` bytes from `offset` on lies within `size`.
std::size_t Available(std::uint64_t size, std::uint64_t offset, std::size_t wanted) {
  if (offset >= size) return 0;
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size - offset));
}

}  // namespace

std::size_t MemoryContent::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  const std::size_t count = Available(bytes_.size(), offset, into.size());
  if (count > 0) std::memcpy(into.data(), bytes_.data() + offset, count);
  return count;
}

std::size_t FileContent::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  const std::size_t count = Available(size_, offset, into.size());
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        ::pread(fd_, into.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

ContentWindow::ContentWindow(const Content& content, std::uint64_t offset, std::uint64_t size)
    : content_(content),
      offset_(std::min(offset, content.size())),
      size_(std::min(size, content.size() - offset_)) {}

std::size_t ContentWindow::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  const std::size_t count = Available(size_, offset, into.size());
  return count == 0 ? 0 : content_.ReadAt(offset_ + offset, into.first(count));
}

}  // namespace gatepost::attachments
