#include "common/milter/self_check.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "common/base/clock.h"
#include "common/milter/socket.h"

namespace gatepost::milter {
namespace {

using namespace std::string_view_literals;
using base::ErrorKind;
using base::Fail;
using base::Result;

// Length, command, version 6, all actions, all steps; then "quit".
constexpr std::string_view kNegotiate = "\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"sv;
constexpr std::string_view kQuit = "\0\0\0\x01Q"sv;
constexpr std::size_t kHeaderBytes = 5;

Result<void> WaitFor(int fd, short events, base::Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  pollfd waiting{fd, events, 0};
  if (left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) > 0) return {};
  return Fail(ErrorKind::kTimeout, "no answer on our own socket");
}

bool SendAll(int fd, std::string_view bytes) {
  return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

Result<void> AwaitAnswer(int fd, base::Deadline deadline) {
  std::array<char, kHeaderBytes> header{};
  for (std::size_t have = 0; have < header.size();) {
    const auto ready = WaitFor(fd, POLLIN, deadline);
    if (!ready) return ready;
    const ssize_t got = ::read(fd, header.data() + have, header.size() - have);
    if (got <= 0) return Fail(ErrorKind::kTimeout, "our own socket hung up");
    have += static_cast<std::size_t>(got);
  }
  if (header.back() == 'O') return {};
  return Fail(ErrorKind::kInternal, "our own socket gave a wrong answer");
}

}  // namespace

Result<void> CheckOwnSocket(int listening_fd, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto fd = ConnectToOwnSocket(listening_fd);
  if (!fd) return tl::unexpected(fd.error());
  if (const auto ready = WaitFor(fd->get(), POLLOUT, deadline); !ready) return ready;
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd->get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return Fail(ErrorKind::kUnavailable, "our own socket refuses connections");
  if (!SendAll(fd->get(), kNegotiate)) return Fail(ErrorKind::kTimeout, "our own socket hung up");
  auto answered = AwaitAnswer(fd->get(), deadline);
  SendAll(fd->get(), kQuit);
  return answered;
}

}  // namespace gatepost::milter
