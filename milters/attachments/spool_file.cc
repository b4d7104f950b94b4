#include "milters/attachments/spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace gatepost::attachments {
namespace {

bool WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

bool SpoolFile::Append(std::span<const std::byte> bytes) {
  if (!good_) return false;
  if (bytes.size() > most_bytes_ - size_ || !MakeRoom(bytes.size())) return GiveUp();
  if (!file_) {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  } else if (!WriteAll(file_.get(), bytes)) {
    return GiveUp();
  }
  size_ += bytes.size();
  return true;
}

bool SpoolFile::MakeRoom(std::size_t more) {
  if (size_ + more > kMostMemory) return on_disk_ || MoveToDisk();
  return size_ + more <= kMostBuffered || file_ || MoveToMemory();
}

bool SpoolFile::MoveToMemory() {
  file_ = base::UniqueFd(::memfd_create("part", MFD_CLOEXEC));
  if (!file_ || !WriteAll(file_.get(), memory_)) return false;
  memory_ = {};
  return true;
}

bool SpoolFile::MoveToDisk() {
  base::UniqueFd disk(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!disk) return false;
  std::vector<std::byte> all(size_);
  if (ReadAt(0, all) != size_ || !WriteAll(disk.get(), all)) return false;
  file_ = std::move(disk);
  memory_ = {};
  on_disk_ = true;
  return true;
}

bool SpoolFile::GiveUp() {
  good_ = false;
  memory_ = {};
  file_.Reset();
  return false;
}

std::size_t SpoolFile::ReadAt(std::uint64_t offset, std::span<std::byte> into) const {
  if (!good_ || offset >= size_) return 0;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset));
  if (!file_) {
    if (count > 0) std::memcpy(into.data(), memory_.data() + offset, count);
    return count;
  }
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        ::pread(file_.get(), into.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

base::Result<ScanFile> SpoolFile::File() {
  if (!good_) return base::Fail(base::ErrorKind::kLimit, "nothing was put aside");
  return file_ ? ScanFile{size_, {}, file_.get()} : ScanFile{size_, memory_, -1};
}

}  // namespace gatepost::attachments
