#include "milters/dkim/key_cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "common/base/unique_fd.h"

namespace gatepost::dkim {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr off_t kMaxKeyFileBytes = 64 * 1024;

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
  if (file.st_size > kMaxKeyFileBytes) return "is too large for a key";
  if (file.st_uid != 0 && file.st_uid != geteuid()) return "is owned by another user";
  if ((file.st_mode & S_IRWXO) != 0) return "is open to all users; make its mode 0600 or 0640";
  if ((file.st_mode & S_IWGRP) != 0) return "is writable by its group; make its mode 0600 or 0640";
  if ((file.st_mode & S_IRGRP) != 0 && !IsOurGroup(file.st_gid)) {
    return "is readable by a group that is not this program's";
  }
  return "";
}

Result<std::string> ReadSafely(const std::string& path) {
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

bool IsOfTheRowsAlgorithm(const KeyRow& row, const auth::PrivateKey& key) {
  return !row.algorithm || *row.algorithm == key.algorithm();
}

}  // namespace

Result<std::shared_ptr<const auth::PrivateKey>> OpenKey(const KeyRow& row) {
  auto pem = ReadSafely(row.file);
  if (!pem) return tl::unexpected(pem.error());
  auto key = auth::PrivateKey::ParsePem(*pem);
  explicit_bzero(pem->data(), pem->size());
  if (!key) return Fail(key.error().kind, row.file + ": " + key.error().message);
  if (!IsOfTheRowsAlgorithm(row, *key)) {
    return Fail(ErrorKind::kInvalid, row.file + ": not a key of the algorithm that its row names");
  }
  return std::make_shared<const auth::PrivateKey>(*std::move(key));
}

Result<std::shared_ptr<const auth::PrivateKey>> KeyCache::Get(const KeyRow& row) {
  {
    const std::lock_guard lock(mutex_);
    const auto* key = keys_.Find(row.file);
    if (key != nullptr && IsOfTheRowsAlgorithm(row, **key)) return *key;
  }
  auto key = OpenKey(row);  // outside the lock: other messages go on meanwhile
  if (key) {
    const std::lock_guard lock(mutex_);
    keys_.Put(row.file, *key);
  }
  return key;
}

}  // namespace gatepost::dkim
