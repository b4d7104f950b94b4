// The socket on which the mail server calls us: made as the configuration says, or taken from
// systemd. Used at start, by one thread.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>

#include <string>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/milter/server.h"

namespace gatepost::milter {

struct ListeningSocket {
  base::UniqueFd fd;
  std::string name;       // for the log: "unix:/run/x.sock", "inet:8891@127.0.0.1"
  std::string unix_path;  // a socket file that we made; "" otherwise
  dev_t device = 0;       // of that file
  ino_t inode = 0;
};

// Opens options.socket, listening. The message of a failure begins with the socket as configured
// and says what is wrong in words: "unix:/run/x/y.sock: folder /run/x does not exist".
base::Result<ListeningSocket> OpenListeningSocket(const ServerOptions& options);

// Removes the socket file, if it is still the one that we made.
void RemoveSocketFile(const ListeningSocket& socket);

// A new connection to the socket that `listening_fd` listens on, not yet complete where the other
// side is slow (O_NONBLOCK).
base::Result<base::UniqueFd> ConnectToOwnSocket(int listening_fd);

}  // namespace gatepost::milter
