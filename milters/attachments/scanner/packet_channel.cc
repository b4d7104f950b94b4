#include "milters/attachments/scanner/packet_channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using base::Fail;

// Room for more than is allowed, so that what came too much is seen and closed.
constexpr std::size_t kMostPassed = 4;

using FrameSize = std::uint32_t;  // both ends are on one machine

union Control {
  cmsghdr aligned;
  std::array<char, CMSG_SPACE(sizeof(int) * kMostPassed)> bytes;
};

tl::unexpected<base::Error> Broken(int number) {
  const bool blocks = number == EAGAIN || number == EWOULDBLOCK;
  return Fail(blocks ? ErrorKind::kTimeout : ErrorKind::kUnavailable,
              std::generic_category().message(number));
}

void Pass(msghdr& message, Control& control, int fd) {
  message.msg_control = control.bytes.data();
  message.msg_controllen = CMSG_SPACE(sizeof fd);
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

std::vector<base::UniqueFd> TakePassed(msghdr& message) {
  std::vector<base::UniqueFd> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

base::Result<void> SendPacket(int socket, std::span<const std::byte> bytes, int passed) {
  iovec vector{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  Control control{};
  if (passed >= 0) Pass(message, control, passed);
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return {};
    if (errno != EINTR) return Broken(errno);
  }
}

void AppendFrame(std::vector<std::byte>& packet, std::span<const std::byte> frame) {
  const auto size = static_cast<FrameSize>(frame.size());
  const auto bytes = std::as_bytes(std::span(&size, 1));
  packet.insert(packet.end(), bytes.begin(), bytes.end());
  packet.insert(packet.end(), frame.begin(), frame.end());
}

std::optional<std::span<const std::byte>> TakeFrame(std::span<const std::byte>& packet) {
  FrameSize size = 0;
  if (packet.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, packet.data(), sizeof size);
  const auto rest = packet.subspan(sizeof size);
  if (size > rest.size()) return std::nullopt;
  packet = rest.subspan(size);
  return rest.first(size);
}

base::Result<Received> ReceivePacket(int socket, std::span<std::byte> into) {
  iovec vector{into.data(), into.size()};
  Control control{};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t size = -1;
  do {
    size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return Broken(errno);
  auto fds = TakePassed(message);
  if (size == 0) return Fail(ErrorKind::kUnavailable, "the other side hung up");
  if ((message.msg_flags & MSG_TRUNC) != 0) return Fail(ErrorKind::kLimit, "a packet is too long");
  if (fds.size() > 1 || (message.msg_flags & MSG_CTRUNC) != 0) {
    return Fail(ErrorKind::kInvalid, "a packet brings too many descriptors");
  }
  return Received{static_cast<std::size_t>(size),
                  fds.empty() ? base::UniqueFd() : std::move(fds.front())};
}

}  // namespace gatepost::attachments
