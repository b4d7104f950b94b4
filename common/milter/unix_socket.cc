#include "common/milter/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "common/base/socket_address.h"

namespace gatepost::milter {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using base::SocketAddress;

constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

std::string Reason(int error) { return std::generic_category().message(error); }

// A full backlog (EAGAIN) is an answer, too.
Result<bool> AnybodyAnswers(const SocketAddress& address) {
  const base::UniqueFd fd(::socket(AF_UNIX, kSocketFlags, 0));
  if (!fd) return Fail(ErrorKind::kInternal, "no socket: " + Reason(errno));
  if (::connect(fd.get(), address.get(), address.size()) == 0 || errno == EAGAIN) return true;
  if (errno == ECONNREFUSED || errno == ENOENT) return false;
  return Fail(ErrorKind::kPermission,
              "cannot tell whether the old socket is in use: " + Reason(errno));
}

Result<void> CheckFolder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) {
    if (errno == ENOENT) return Fail(ErrorKind::kNotFound, "folder " + folder + " does not exist");
    return Fail(ErrorKind::kPermission, "folder " + folder + ": " + Reason(errno));
  }
  if (!S_ISDIR(status.st_mode)) return Fail(ErrorKind::kInvalid, folder + " is not a folder");
  return {};
}

// Clears the way: nothing there, or a socket that nobody listens on any more.
Result<void> RemoveStale(const std::string& path, const SocketAddress& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return Fail(ErrorKind::kPermission, Reason(errno));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Fail(ErrorKind::kInvalid, "something that is not a socket stands there");
  }
  const auto answers = AnybodyAnswers(address);
  if (!answers) return tl::unexpected(answers.error());
  if (*answers) return Fail(ErrorKind::kUnavailable, "another program already listens there");
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return Fail(ErrorKind::kPermission, "cannot remove the old socket: " + Reason(errno));
}

Result<gid_t> FindGroup(const std::string& name) {
  std::vector<char> buffer(1024);
  struct group entry {};
  struct group* found = nullptr;
  int error = 0;
  while ((error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
         ERANGE) {
    if (buffer.size() > (std::size_t{1} << 20)) break;
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return Fail(ErrorKind::kNotFound, "group \"" + name + "\" does not exist");
  return found->gr_gid;
}

// The descriptor's own mode becomes the file's (less the umask): nobody but us until chmod.
Result<void> Bind(int fd, const SocketAddress& address) {
  if (::fchmod(fd, 0600) != 0) return Fail(ErrorKind::kInternal, Reason(errno));
  if (::bind(fd, address.get(), address.size()) == 0) return {};
  return Fail(ErrorKind::kPermission, "cannot make the socket: " + Reason(errno));
}

Result<void> GiveAway(const std::string& path, const ServerOptions& options) {
  if (!options.socket_group.empty()) {
    const auto group = FindGroup(options.socket_group);
    if (!group) return tl::unexpected(group.error());
    if (::lchown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
      return Fail(ErrorKind::kPermission, "cannot give the socket to group \"" +
                                              options.socket_group + "\": " + Reason(errno));
    }
  }
  if (::chmod(path.c_str(), options.socket_mode) == 0) return {};
  return Fail(ErrorKind::kPermission, "cannot set the socket's mode: " + Reason(errno));
}

// Before this, connecting is refused whatever the mode.
Result<void> Listen(const ListeningSocket& socket, const ServerOptions& options) {
  const auto given = GiveAway(socket.unix_path, options);
  if (!given) return given;
  if (::listen(socket.fd.get(), options.backlog) == 0) return {};
  return Fail(ErrorKind::kInternal, "cannot listen: " + Reason(errno));
}

}  // namespace

Result<ListeningSocket> OpenUnixSocket(const std::string& path, const ServerOptions& options) {
  if (!path.starts_with('/')) return Fail(ErrorKind::kInvalid, "the path is not absolute");
  const auto address = SocketAddress::Local(path);
  if (!address) return tl::unexpected(address.error());
  auto ready = CheckFolder(path);
  if (ready) ready = RemoveStale(path, *address);
  if (!ready) return tl::unexpected(ready.error());

  ListeningSocket made;
  made.fd.Reset(::socket(AF_UNIX, kSocketFlags, 0));
  if (!made.fd) return Fail(ErrorKind::kInternal, "no socket: " + Reason(errno));
  if (const auto bound = Bind(made.fd.get(), *address); !bound) {
    return tl::unexpected(bound.error());
  }
  struct stat status {};
  ::lstat(path.c_str(), &status);
  made.unix_path = path;
  made.device = status.st_dev;
  made.inode = status.st_ino;
  if (const auto listening = Listen(made, options); !listening) {
    RemoveSocketFile(made);
    return tl::unexpected(listening.error());
  }
  return made;
}

}  // namespace gatepost::milter
