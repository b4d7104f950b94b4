#include "tests/support/slow_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gatepost::support {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// Looks at the delay and the end at least so often.
constexpr auto kTick = 20ms;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

base::UniqueFd NewSocket() {
  return base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// What is there to be read; false at the end of the connection.
bool ReceiveSome(int fd, std::string& bytes) {
  std::array<char, 65536> buffer;
  const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size > 0) bytes.assign(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

SlowProxy::SlowProxy(std::string server_socket)
    : server_socket_(std::move(server_socket)), listener_(NewSocket()) {
  const sockaddr_un address = AddressOf(socket());
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 64) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  thread_ = std::thread([this] { Run(); });
}

SlowProxy::~SlowProxy() {
  stopping_ = true;
  thread_.join();
}

void SlowProxy::Run() {
  while (!stopping_) {
    Wait();
    Accept();
    for (Pair& pair : pairs_) Serve(pair);
    pairs_.remove_if([](const Pair& pair) { return !pair.open; });
  }
}

// For bytes, or for the next answer's time.
void SlowProxy::Wait() {
  std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
  auto due = steady_clock::now() + kTick;
  for (const Pair& pair : pairs_) {
    polled.push_back({pair.client.get(), POLLIN, 0});
    polled.push_back({pair.server.get(), POLLIN, 0});
    if (!pair.answers.empty()) due = std::min(due, pair.answers.front().due);
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(due - steady_clock::now());
  ::poll(polled.data(), polled.size(), static_cast<int>(std::max(0ms, wait).count()));
}

void SlowProxy::Accept() {
  pollfd polled{listener_.get(), POLLIN, 0};
  if (::poll(&polled, 1, 0) <= 0) return;
  Pair pair{
      base::UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)), NewSocket(), {}};
  const sockaddr_un address = AddressOf(server_socket_);
  if (::connect(pair.server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
      0) {
    pairs_.push_back(std::move(pair));
  }
}

void SlowProxy::Serve(Pair& pair) {
  std::string question, answer;
  pair.open = ReceiveSome(pair.client.get(), question) && SendAll(pair.server.get(), question) &&
              ReceiveSome(pair.server.get(), answer);
  if (!answer.empty()) {
    pair.answers.push_back({steady_clock::now() + delay_.load(), std::move(answer)});
  }
  while (pair.open && !pair.answers.empty() && pair.answers.front().due <= steady_clock::now()) {
    pair.open = SendAll(pair.client.get(), pair.answers.front().bytes);
    pair.answers.pop_front();
  }
}

}  // namespace gatepost::support
