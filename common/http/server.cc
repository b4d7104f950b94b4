#include "common/http/server.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/http/connection.h"
#include "common/http/httplib_engine.h"
#include "common/log/log.h"

namespace gatepost::http {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTick{250};  // how late a deadline may be noticed
constexpr milliseconds kLinger{1'000};
constexpr int kAcceptsAtOnce = 64;

std::string_view Refusal(ErrorKind kind) {
  return kind == ErrorKind::kLimit ? "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n"
                                     "Connection: close\r\n\r\n"
                                   : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                                     "Connection: close\r\n\r\n";
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, base::UniqueFd listener, Handler handler)
      : options_(options), listener_(std::move(listener)), handler_(std::move(handler)) {}

  bool Start();
  void Stop();

  const base::UniqueFd& listener() const { return listener_; }
  ServerCounts counts() const {
    const std::lock_guard lock(mutex_);
    return {requests_, refused_, connections_.size()};
  }
  bool IsAlive(milliseconds time) const {
    return steady_clock::now() - steady_clock::time_point(last_round_.load()) < time;
  }

 private:
  void Loop();
  void AcceptAll();
  void Admit(base::UniqueFd socket);
  void EvictOne();
  void Hear(int fd);
  void TakeRequests(Connection& connection);
  void Refuse(Connection& connection, ErrorKind why);
  void CloseOverdue();
  void Watch(const Connection& connection, int operation) const;
  void Work();
  Connection* NextReady();
  bool ServeNext(HttplibEngine& engine, Connection& connection);
  void GiveBack(Connection& connection, bool open);
  std::size_t max_received() const {
    return options_.limits.head_bytes + options_.limits.body_bytes;
  }

  const ServerOptions options_;
  base::UniqueFd listener_;
  const Handler handler_;
  base::UniqueFd epoll_;
  base::UniqueFd wake_;
  mutable std::mutex mutex_;  // for all below
  std::condition_variable work_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> ready_;
  bool stopping_ = false;
  std::uint64_t requests_ = 0;
  std::uint64_t refused_ = 0;
  std::atomic<steady_clock::duration> last_round_{};
  steady_clock::time_point next_sweep_{};  // of the loop alone
  std::vector<std::thread> workers_;
  std::thread loop_;
};

bool Server::Impl::Start() {
  epoll_.Reset(::epoll_create1(EPOLL_CLOEXEC));
  wake_.Reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_ || !wake_) return false;
  for (const int fd : {listener_.get(), wake_.get()}) {
    epoll_event event{EPOLLIN, {.fd = fd}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return false;
  }
  last_round_ = steady_clock::now().time_since_epoch();
  loop_ = std::thread([this] { Loop(); });
  for (std::size_t i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { Work(); });
  return true;
}

void Server::Impl::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_all();
  }
  ::eventfd_write(wake_.get(), 1);
  if (loop_.joinable()) loop_.join();
  for (std::thread& worker : workers_) worker.join();
  connections_.clear();
}

void Server::Impl::Loop() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(kTick.count()));
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const auto now = steady_clock::now();
    last_round_ = now.time_since_epoch();
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener_.get()) {
        AcceptAll();
      } else {
        Hear(fd);
      }
    }
    if (now >= next_sweep_) CloseOverdue();
  }
}

// No descriptor left: the caller waits in the backlog, and the loop comes round at once; one of
// ours must go, or it would spin.
void Server::Impl::AcceptAll() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    base::UniqueFd socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      Admit(std::move(socket));
    } else {
      if (errno == EMFILE || errno == ENFILE) EvictOne();
      return;
    }
  }
}

void Server::Impl::Admit(base::UniqueFd socket) {
  if (connections_.size() >= options_.max_connections) EvictOne();
  if (connections_.size() >= options_.max_connections) return;  // all are at work
  auto connection = std::make_unique<Connection>(std::move(socket));
  connection->last_heard = steady_clock::now();
  connection->deadline = connection->last_heard + options_.request_timeout;
  Watch(*connection, EPOLL_CTL_ADD);
  const int fd = connection->fd.get();
  connections_.emplace(fd, std::move(connection));
}

void Server::Impl::EvictOne() {
  auto silent = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each) {
    if (each->second->state == Connection::State::kWorking) continue;
    if (silent == connections_.end() || each->second->last_heard < silent->second->last_heard) {
      silent = each;
    }
  }
  if (silent != connections_.end()) connections_.erase(silent);
}

void Server::Impl::Watch(const Connection& connection, int operation) const {
  epoll_event event{EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, {.fd = connection.fd.get()}};
  ::epoll_ctl(epoll_.get(), operation, connection.fd.get(), &event);
}

// An event may be about a connection that was closed since.
void Server::Impl::Hear(int fd) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  if (connection.state == Connection::State::kWorking) return;
  const bool fresh = connection.received.empty();
  const auto read = connection.Receive(max_received() - connection.received.size());
  if (read == Connection::Read::kEnd) {
    connections_.erase(found);
    return;
  }
  if (connection.state == Connection::State::kReading && read == Connection::Read::kSome) {
    connection.last_heard = steady_clock::now();
    if (fresh) connection.deadline = connection.last_heard + options_.request_timeout;
    TakeRequests(connection);
  }
  if (connection.state != Connection::State::kWorking) Watch(connection, EPOLL_CTL_MOD);
}

// Hands the connection to a worker when its next request is whole.
void Server::Impl::TakeRequests(Connection& connection) {
  const auto extent = FindExtent(connection.received, options_.limits);
  if (!extent) return Refuse(connection, extent.error().kind);
  if (!*extent) return;
  if (connection.received.size() < (*extent)->head_bytes + (*extent)->body_bytes) return;
  connection.state = Connection::State::kWorking;
  ready_.push_back(&connection);
  work_.notify_one();
}

// Closed at once, the reply would be lost with what the caller still sends.
void Server::Impl::Refuse(Connection& connection, ErrorKind why) {
  ++refused_;
  connection.Send(Refusal(why), steady_clock::now());
  ::shutdown(connection.fd.get(), SHUT_WR);
  connection.received.clear();
  connection.state = Connection::State::kLingering;
  connection.deadline = steady_clock::now() + kLinger;
}

void Server::Impl::CloseOverdue() {
  const auto now = steady_clock::now();
  next_sweep_ = now + kTick;
  std::erase_if(connections_, [now](const auto& each) {
    return each.second->state != Connection::State::kWorking && each.second->deadline <= now;
  });
}

Connection* Server::Impl::NextReady() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
  if (stopping_) return nullptr;
  Connection* const next = ready_.front();
  ready_.pop_front();
  ++requests_;
  return next;
}

void Server::Impl::Work() {
  HttplibEngine engine(handler_);
  while (Connection* const connection = NextReady()) {
    const bool open = ServeNext(engine, *connection);
    GiveBack(*connection, open);
  }
}

// False when the connection is to be closed.
bool Server::Impl::ServeNext(HttplibEngine& engine, Connection& connection) {
  const auto extent = FindExtent(connection.received, options_.limits);
  if (!extent || !*extent) return false;
  const std::string_view all = connection.received;
  const Answer answer = engine.Serve(all.substr(0, (*extent)->head_bytes),
                                     all.substr((*extent)->head_bytes, (*extent)->body_bytes));
  if (!connection.Send(answer.bytes, steady_clock::now() + options_.write_timeout)) return false;
  connection.received.erase(0, (*extent)->head_bytes + (*extent)->body_bytes);
  return !answer.close;
}

// What came behind the request may be the next one, for which no event would tell.
void Server::Impl::GiveBack(Connection& connection, bool open) {
  const std::lock_guard lock(mutex_);
  if (!open) {
    connections_.erase(connection.fd.get());
    return;
  }
  connection.state = Connection::State::kReading;
  connection.last_heard = steady_clock::now();
  connection.deadline =
      connection.last_heard +
      (connection.received.empty() ? options_.idle_timeout : options_.request_timeout);
  if (!connection.received.empty()) TakeRequests(connection);
  if (connection.state != Connection::State::kWorking) Watch(connection, EPOLL_CTL_MOD);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { impl_->Stop(); }

base::Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler) {
  auto listener = Listen(options.address);
  if (!listener) return tl::unexpected(listener.error());
  auto impl = std::make_unique<Impl>(options, *std::move(listener), std::move(handler));
  if (!impl->Start()) {
    return base::Fail(ErrorKind::kInternal, "cannot watch sockets");
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

ListeningAddress Server::address() const { return LocalAddress(impl_->listener()); }
ServerCounts Server::counts() const { return impl_->counts(); }
bool Server::IsAlive(milliseconds time) const { return impl_->IsAlive(time); }

}  // namespace gatepost::http
