#include "common/config/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "common/base/unique_fd.h"

namespace gatepost::config {
namespace {

tl::unexpected<base::Error> FailWith(int error_number) {
  const base::ErrorKind kind =
      error_number == ENOENT || error_number == ENOTDIR ? base::ErrorKind::kNotFound
      : error_number == EACCES || error_number == EPERM ? base::ErrorKind::kPermission
                                                        : base::ErrorKind::kInternal;
  return base::Fail(kind, std::generic_category().message(error_number));
}

tl::unexpected<base::Error> FailTooLong(std::size_t max_bytes) {
  return base::Fail(base::ErrorKind::kLimit, "longer than " + std::to_string(max_bytes) + " bytes");
}

// At most `most` bytes: a file may grow while it is read.
base::Result<std::string> ReadUpTo(int fd, std::size_t expected, std::size_t most) {
  std::string bytes(std::min(expected, most), '\0');
  std::size_t size = 0;
  for (;;) {
    if (size == bytes.size()) bytes.resize(std::min(most, size + size / 2 + 4096));
    const ssize_t count = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailWith(errno);
    size += static_cast<std::size_t>(count);
    if (count == 0 || size == most) break;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

base::Result<std::string> ReadRegularFile(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK: a pipe opens at once and is then refused.
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return FailWith(errno);
  if (!S_ISREG(status.st_mode)) return base::Fail(base::ErrorKind::kInvalid, "not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_bytes) return FailTooLong(max_bytes);
  auto bytes = ReadUpTo(fd.get(), size + 1, max_bytes + 1);
  if (bytes && bytes->size() > max_bytes) return FailTooLong(max_bytes);
  return bytes;
}

}  // namespace gatepost::config
