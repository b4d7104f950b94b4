#include "common/http/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gatepost::http {
namespace {

bool AwaitRoom(int fd, base::Deadline until) {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return false;
    pollfd waiting{fd, POLLOUT, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

Connection::Read Connection::Receive(std::size_t room) {
  std::array<char, 16'384> chunk;
  const std::size_t wanted = std::min(room, chunk.size());
  const ssize_t size = ::recv(fd.get(), chunk.data(), wanted, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Read::kNothing;
  if (size <= 0) return Read::kEnd;
  if (state == State::kReading) received.append(chunk.data(), static_cast<std::size_t>(size));
  return Read::kSome;
}

bool Connection::Send(std::string_view bytes, base::Deadline until) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EINTR) {
      if (!AwaitRoom(fd.get(), until)) return false;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace gatepost::http
