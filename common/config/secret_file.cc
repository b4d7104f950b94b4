#include "common/config/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "common/base/unique_fd.h"

namespace gatepost::config {
namespace {

using base::ErrorKind;
using base::Fail;

std::string SystemError() { return std::generic_category().message(errno); }

bool IsOurGroup(gid_t group) {
  if (group == getegid()) return true;
  const int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
  const int got = getgroups(count, groups.data());
  return got > 0 && std::find(groups.begin(), groups.begin() + got, group) != groups.begin() + got;
}

// What is wrong with the file as a keeper of secrets, or nothing.
std::string WhyNotSafe(const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return "is not a regular file";
  if (static_cast<std::size_t>(file.st_size) > kMaxSecretBytes) return "is too large for a key";
  if (file.st_uid != 0 && file.st_uid != geteuid()) return "is owned by another user";
  if ((file.st_mode & S_IRWXO) != 0) return "is open to all users; make its mode 0600 or 0640";
  if ((file.st_mode & S_IWGRP) != 0) return "is writable by its group; make its mode 0600 or 0640";
  if ((file.st_mode & S_IRGRP) != 0 && !IsOurGroup(file.st_gid)) {
    return "is readable by a group that is not this program's";
  }
  return "";
}

}  // namespace

base::Result<std::string> ReadSecretFile(const std::string& path) {
  // O_NONBLOCK: a pipe in place of the file must not stop us.
  const base::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return Fail(ErrorKind::kNotFound, path + ": " + SystemError());
  struct stat file {};
  if (fstat(fd.get(), &file) != 0) return Fail(ErrorKind::kInternal, path + ": " + SystemError());
  if (const std::string reason = WhyNotSafe(file); !reason.empty()) {
    return Fail(ErrorKind::kPermission, path + " " + reason);
  }
  std::string text(static_cast<std::size_t>(file.st_size), '\0');
  const ssize_t got = read(fd.get(), text.data(), text.size());
  if (got < 0) return Fail(ErrorKind::kInternal, path + ": " + SystemError());
  text.resize(static_cast<std::size_t>(got));
  return text;
}

}  // namespace gatepost::config
