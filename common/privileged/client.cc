#include "common/privileged/client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "common/base/socket_address.h"
#include "common/base/strings.h"
#include "common/base/unique_fd.h"

namespace gatepost::privileged {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;

tl::unexpected<base::Error> SystemError(const std::string& what) {
  const int number = errno;
  const auto kind = number == EACCES || number == EPERM ? ErrorKind::kPermission
                    : number == EAGAIN                  ? ErrorKind::kTimeout
                                                        : ErrorKind::kUnavailable;
  return Fail(kind, what + ": " + std::generic_category().message(number));
}

bool IsWord(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<std::string> MakeRequest(const std::vector<std::string>& words) {
  std::string request;
  for (const std::string& word : words) request += (request.empty() ? "" : " ") + word;
  request += '\n';
  if (std::all_of(words.begin(), words.end(), IsWord) && request.size() <= kMaxRequestBytes) {
    return request;
  }
  return Fail(ErrorKind::kInvalid, "\"" + base::Printable(words.back()) + "\" cannot be asked for");
}

Result<void> Await(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd watched{fd, events, 0};
    const int wait = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    const int ready = ::poll(&watched, 1, wait);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return SystemError("poll");
    if (left <= milliseconds(0)) return Fail(ErrorKind::kTimeout, "no answer in time");
  }
}

// A full backlog (EAGAIN) of a local socket cannot be waited for: that counts as late.
Result<base::UniqueFd> Connect(const std::string& socket) {
  const auto address = base::SocketAddress::Local(socket);
  if (!address) return Fail(address.error().kind, socket + ": " + address.error().message);
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return SystemError("socket");
  if (::connect(fd.get(), address->get(), address->size()) != 0) return SystemError(socket);
  return fd;
}

Result<void> Send(int fd, std::string_view text, Deadline deadline) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = Await(fd, POLLOUT, deadline); !ready) return ready;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return {};  // refused unread; the answer says why
    } else if (errno != EINTR) {
      return SystemError("send");
    }
  }
  return {};
}

// Until the line end, the end, or more than an answer has.
Result<std::string> Receive(int fd, Deadline deadline) {
  std::string answer;
  std::array<char, kMaxAnswerBytes> chunk;
  while (answer.size() <= kMaxAnswerBytes && !answer.ends_with('\n')) {
    const ssize_t size = ::recv(fd, chunk.data(), chunk.size(), 0);
    if (size == 0) break;
    if (size > 0) {
      answer.append(chunk.data(), static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      if (auto ready = Await(fd, POLLIN, deadline); !ready) return tl::unexpected(ready.error());
    } else if (errno != EINTR) {
      return SystemError("receive");
    }
  }
  return answer;
}

}  // namespace

Result<void> ParseAnswer(std::string_view answer) {
  if (answer.empty()) return Fail(ErrorKind::kUnavailable, "it hung up without an answer");
  if (answer == "ok\n") return {};
  constexpr std::string_view kError = "error ";
  if (!answer.starts_with(kError) || !answer.ends_with('\n') || answer.size() > kMaxAnswerBytes) {
    return Fail(ErrorKind::kInternal, "it answered something else");
  }
  answer.remove_prefix(kError.size());
  answer.remove_suffix(1);
  return Fail(ErrorKind::kInternal, base::Printable(answer, kMaxAnswerBytes));
}

Result<void> Ask(const std::string& socket, std::string_view verb, std::string_view argument,
                 Deadline deadline) {
  return Ask(socket, {std::string(verb), std::string(argument)}, deadline);
}

Result<void> Ask(const std::string& socket, const std::vector<std::string>& words,
                 Deadline deadline) {
  const auto request = MakeRequest(words);
  if (!request) return tl::unexpected(request.error());
  const auto fd = Connect(socket);
  if (!fd) return tl::unexpected(fd.error());
  if (auto sent = Send(fd->get(), *request, deadline); !sent) return sent;
  return Receive(fd->get(), deadline).and_then([](const std::string& answer) {
    return ParseAnswer(answer);
  });
}

}  // namespace gatepost::privileged
