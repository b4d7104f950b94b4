#include "tools/privileged/peers.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "common/config/config_error.h"

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxGroups = 65'536;  // NGROUPS_MAX

std::optional<unsigned> ParseNumber(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

uid_t FindUser(const std::string& name) {
  if (const auto number = ParseNumber(name)) return *number;
  // There is one thread.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const passwd* const found = ::getpwnam(name.c_str());
  if (found != nullptr) return found->pw_uid;
  throw config::ConfigError("server.users: user \"" + name + "\" does not exist");
}

gid_t FindGroup(const std::string& name) {
  if (const auto number = ParseNumber(name)) return *number;
  // There is one thread.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const group* const found = ::getgrnam(name.c_str());
  if (found != nullptr) return found->gr_gid;
  throw config::ConfigError("server.groups: group \"" + name + "\" does not exist");
}

tl::unexpected<base::Error> NoPeer() {
  return Fail(ErrorKind::kPermission,
              "the peer cannot be known: " + std::generic_category().message(errno));
}

}  // namespace

Result<Peer> PeerOf(int fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return NoPeer();
  Peer peer{credentials.pid, credentials.uid, std::vector<gid_t>(kMaxGroups)};
  length = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &length) != 0) {
    return NoPeer();
  }
  peer.groups.resize(length / sizeof(gid_t));
  peer.groups.push_back(credentials.gid);
  return peer;
}

AllowedPeers::AllowedPeers(const std::vector<std::string>& users,
                           const std::vector<std::string>& groups) {
  for (const std::string& name : users) users_.push_back(FindUser(name));
  for (const std::string& name : groups) groups_.push_back(FindGroup(name));
}

bool AllowedPeers::Allows(const Peer& peer) const {
  if (std::find(users_.begin(), users_.end(), peer.uid) != users_.end()) return true;
  return std::find_first_of(peer.groups.begin(), peer.groups.end(), groups_.begin(),
                            groups_.end()) != peer.groups.end();
}

}  // namespace gatepost::privileged
