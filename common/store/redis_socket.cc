#include "common/store/redis_socket.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

tl::unexpected<base::Error> Lost(int error_number) {
  return Fail(ErrorKind::kUnavailable,
              "connection to Redis: " + std::generic_category().message(error_number));
}

bool TryAgain(int error_number) { return error_number == EAGAIN || error_number == EWOULDBLOCK; }

}  // namespace

Result<void> RedisSocket::FinishConnect() const {
  int error_number = 0;
  socklen_t size = sizeof error_number;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) return Lost(errno);
  if (error_number != 0) return Lost(error_number);
  return {};
}

Result<void> RedisSocket::Flush() {
  while (sent_ < unsent_.size()) {
    const ssize_t sent =
        ::send(fd_.get(), unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return TryAgain(errno) ? Result<void>() : Lost(errno);
    sent_ += static_cast<std::size_t>(sent);
  }
  unsent_.clear();
  sent_ = 0;
  return {};
}

Result<void> RedisSocket::Receive() {
  std::array<char, std::size_t{64} << 10> chunk;
  const ssize_t size = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (size == 0) return Fail(ErrorKind::kUnavailable, "Redis closed the connection");
  if (size < 0) return TryAgain(errno) || errno == EINTR ? Result<void>() : Lost(errno);
  return reader_.Feed({chunk.data(), static_cast<std::size_t>(size)});
}

}  // namespace gatepost::store
