// Makes the file of a unix: socket with its mode and group, so that at no moment anyone can connect
// who may not. Used at start, by one thread.
#pragma once

#include "common/base/result.h"
#include "common/milter/server.h"
#include "common/milter/socket.h"

namespace gatepost::milter {

// Listening on `path`. A socket file that nobody answers on is replaced; errors name what is wrong,
// without the "unix:/path: " that the caller puts in front.
base::Result<ListeningSocket> OpenUnixSocket(const std::string& path, const ServerOptions& options);

}  // namespace gatepost::milter
