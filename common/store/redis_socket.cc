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

// Why the connection could not be made.
Result<void> FinishConnect(int fd) {
  int error_number = 0;
  socklen_t size = sizeof error_number;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) return Lost(errno);
  if (error_number != 0) return Lost(error_number);
  return {};
}

bool TryAgain(int error_number) { return error_number == EAGAIN || error_number == EWOULDBLOCK; }

}  // namespace

Result<bool> RedisSocket::Connect() {
  if (connected_) {
    // Of the handshake.
    const auto moved = Flush().and_then([this] { return Receive(); });
    if (!moved) return tl::unexpected(moved.error());
    return tls_->ready();
  }
  if (const auto finished = FinishConnect(fd_.get()); !finished) {
    return tl::unexpected(finished.error());
  }
  connected_ = true;
  if (!tls_) return true;
  const auto started = tls_->Start();
  if (!started) return tl::unexpected(started.error());
  tls_->TakeEncrypted(unsent_);
  return Flush().map([] { return false; });
}

Result<void> RedisSocket::Queue(std::string_view bytes) {
  if (!tls_) {
    unsent_ += bytes;
    return {};
  }
  auto encrypted = tls_->Encrypt(bytes);
  tls_->TakeEncrypted(unsent_);
  return encrypted;
}

Result<void> RedisSocket::Flush() {
  while (sent_ < unsent_.size()) {
    const ssize_t sent =
        ::send(fd_.get(), unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && TryAgain(errno)) return {};
    if (sent < 0 && errno != EPIPE && errno != ECONNRESET) return Lost(errno);
    // The other side has left; Receive reads its last words, which may say why.
    if (sent < 0) break;
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
  const std::string_view bytes(chunk.data(), static_cast<std::size_t>(size));
  return tls_ ? Decrypt(bytes) : reader_.Feed(bytes);
}

Result<void> RedisSocket::Decrypt(std::string_view encrypted) {
  const auto plain = tls_->Decrypt(encrypted);
  tls_->TakeEncrypted(unsent_);
  if (plain) return reader_.Feed(*plain).and_then([this] { return Flush(); });
  static_cast<void>(Flush());  // why we leave, for the other side's log
  return tl::unexpected(plain.error());
}

}  // namespace gatepost::store
