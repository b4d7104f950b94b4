#include "common/milter/buffered_reads.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>

namespace {

constexpr std::size_t kRoom = 16 * 1024;
constexpr std::size_t kMostSessions = 65'536;  // those beyond are not read ahead

struct ReadAhead {
  bool session;
  std::byte* bytes;  // only while there are some: most sessions are idle
  std::size_t begin;
  std::size_t end;

  bool waits() const { return bytes != nullptr; }
  void Forget() {
    delete[] bytes;
    bytes = nullptr;
  }
};

// By descriptor. Only the thread that serves a session touches its entry, and libmilter's lock lies
// between two that do. Nothing is destroyed at the end, when such threads may still be there.
constinit std::array<ReadAhead, kMostSessions> sessions{};

ReadAhead* Find(int fd) {
  if (fd < 0 || static_cast<std::size_t>(fd) >= sessions.size()) return nullptr;
  return &sessions[static_cast<std::size_t>(fd)];
}

ssize_t Take(ReadAhead& ahead, void* into, std::size_t size) {
  const std::size_t taken = std::min(size, ahead.end - ahead.begin);
  std::memcpy(into, ahead.bytes + ahead.begin, taken);
  ahead.begin += taken;
  if (ahead.begin == ahead.end) ahead.Forget();
  return static_cast<ssize_t>(taken);
}

bool Waits(const pollfd& watched) {
  const ReadAhead* const ahead = Find(watched.fd);
  return (watched.events & POLLIN) != 0 && ahead != nullptr && ahead->waits();
}

}  // namespace

extern "C" {

ssize_t gatepost_milter_read(int fd, void* into, size_t size) {
  ReadAhead* const ahead = Find(fd);
  if (ahead == nullptr || !ahead->session) return ::read(fd, into, size);
  if (ahead->waits()) return Take(*ahead, into, size);
  if (size >= kRoom) return ::read(fd, into, size);
  auto* const room = new (std::nothrow) std::byte[kRoom];
  if (room == nullptr) return ::read(fd, into, size);
  const ssize_t got = ::read(fd, room, kRoom);
  if (got <= 0) {
    const int reason = errno;
    delete[] room;
    errno = reason;
    return got;
  }
  ahead->bytes = room;
  ahead->begin = 0;
  ahead->end = static_cast<std::size_t>(got);
  return Take(*ahead, into, size);
}

int gatepost_milter_poll(pollfd* watched, nfds_t count, int milliseconds) {
  const auto end = watched + count;
  if (std::none_of(watched, end, Waits)) return ::poll(watched, count, milliseconds);
  for (auto* one = watched; one != end; ++one) one->revents = Waits(*one) ? POLLIN : 0;
  return static_cast<int>(
      std::count_if(watched, end, [](const pollfd& one) { return one.revents != 0; }));
}

int gatepost_milter_accept(int listener, sockaddr* address, socklen_t* length) {
  const int fd = ::accept(listener, address, length);
  if (ReadAhead* const ahead = Find(fd)) {
    ahead->Forget();
    ahead->session = true;
  }
  return fd;
}

// Before the descriptor is free: another thread's next session may get its number at once.
int gatepost_milter_close(int fd) {
  if (ReadAhead* const ahead = Find(fd)) {
    ahead->Forget();
    ahead->session = false;
  }
  return ::close(fd);
}

}  // extern "C"
