// Who is at the other end of a connection, and whether they may ask. Constant once made; any
// thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/result.h"

namespace gatepost::privileged {

// As the kernel knows it; nobody can pretend it.
struct Peer {
  pid_t pid = 0;  // 0: of another process namespace
  uid_t uid = 0;
  std::vector<gid_t> groups;  // all that it is a member of
};

// Of a connected local socket.
base::Result<Peer> PeerOf(int fd);

class AllowedPeers {
 public:
  // Names, or numbers. Throws config::ConfigError for one that does not exist.
  AllowedPeers(const std::vector<std::string>& users, const std::vector<std::string>& groups);
  // Root may always.
  bool Allows(const Peer& peer) const;

 private:
  std::vector<uid_t> users_{0};
  std::vector<gid_t> groups_;
};

}  // namespace gatepost::privileged
