#include "common/store/redis_link.h"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/base/strings.h"

namespace gatepost::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::SteadyTime;

constexpr std::size_t kMaxInFlight = 10'000;
constexpr std::size_t kMaxUnsentBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxRefusals = 32;
// A connection that lasted this long has proved itself: the next loss is retried quickly again.
constexpr std::chrono::seconds kProved{5};
constexpr ServerState kLost{Health::kDown, ErrorKind::kUnavailable};

std::shared_ptr<RedisRequest> Ping() {
  constexpr std::array<std::string_view, 1> kWords{"PING"};
  std::string bytes;
  AppendCommand(bytes, kWords);
  return std::make_shared<RedisRequest>(std::move(bytes), 1);
}

}  // namespace

RedisLink::RedisLink(Options options)
    : options_(std::move(options)),
      node_(options_.address),
      retry_after_(times_.first_retry),
      random_(std::random_device{}()) {
  if (node_.tls && !options_.tls) throw std::invalid_argument("a rediss: URL needs a TLS context");
}

void RedisLink::Send(Requests requests, SteadyTime now) {
  for (auto& request : requests) {
    if (request->abandoned()) continue;
    if (phase_ != Phase::kReady) {
      request->Fail({state_.kind, "Redis is " + std::string(Name(state_.health))});
    } else if (Full()) {
      request->Fail({ErrorKind::kLimit, "too many requests wait for Redis"});
    } else {
      Push(std::move(request), now);
    }
  }
  if (phase_ != Phase::kReady) return;
  if (const auto sent = socket_->Flush(); !sent) Lost(sent.error(), now);
}

bool RedisLink::Full() const {
  return in_flight_.size() >= kMaxInFlight || socket_->unsent_bytes() >= kMaxUnsentBytes;
}

void RedisLink::Push(std::shared_ptr<RedisRequest> request, SteadyTime now) {
  // Where TLS has failed, reading the socket says so, too.
  static_cast<void>(socket_->Queue(request->bytes()));
  in_flight_.push_back({std::move(request), now});
}

void RedisLink::OnTime(SteadyTime now) {
  if (now < NextDue()) return;
  switch (phase_) {
    case Phase::kWaiting:
      return options_.address.sentinels.empty() ? Connect(now) : Seek();
    case Phase::kSeeking:
      return;
    case Phase::kConnecting:
    case Phase::kGreeting:
      return Drop(kLost, node_.Format() + ": no greeting in time", now);
    case Phase::kReady:
      if (in_flight_.empty()) return Send({Ping()}, now);
      return Drop(kLost, "Redis does not answer", now);
    case Phase::kDraining:
      return Drop(state_, "Redis does not answer", now);
  }
}

SteadyTime RedisLink::NextDue() const {
  if (phase_ != Phase::kReady && phase_ != Phase::kDraining) return due_;
  return in_flight_.empty() ? heard_at_ + times_.heartbeat : SilenceEnds();
}

SteadyTime RedisLink::SilenceEnds() const {
  return std::max(in_flight_.front().sent_at, heard_at_) + times_.silence;
}

pollfd RedisLink::Polled() const {
  if (!socket_) return {-1, 0, 0};
  return {socket_->fd(), static_cast<short>(socket_->wants_to_send() ? POLLIN | POLLOUT : POLLIN),
          0};
}

void RedisLink::Seek() {
  phase_ = Phase::kSeeking;
  due_ = SteadyTime::max();
}

void RedisLink::Follow(const HostAndPort& primary, SteadyTime now) {
  silence_told_ = false;
  if (HostAndPort{node_.host, node_.port} != primary) {
    const bool connected = socket_.has_value();
    node_.host = primary.host;
    node_.port = primary.port;
    if (connected) {
      Lost({ErrorKind::kUnavailable, "the sentinels name another primary: " + node_.Format()}, now);
    }
    retry_after_ = times_.first_retry;
    Seek();
  }
  if (phase_ == Phase::kSeeking) Connect(now);
}

void RedisLink::NoPrimary(const std::string& reason, SteadyTime now) {
  const std::string whole = "no sentinel tells the primary: " + reason;
  if (phase_ == Phase::kSeeking) return Drop(kLost, whole, now);
  if (phase_ != Phase::kReady || std::exchange(silence_told_, true)) return;
  if (options_.on_warning) options_.on_warning(whole + "; a new primary would not be noticed");
}

void RedisLink::Connect(SteadyTime now) {
  auto fd = StartConnect(node_, attempts_++);
  if (!fd) return Drop(kLost, fd.error().message, now);
  socket_.emplace(std::move(*fd));
  if (node_.tls) socket_->UseTls(*options_.tls, node_.host);
  phase_ = Phase::kConnecting;
  due_ = now + times_.connect;
}

void RedisLink::OnReady(short events, SteadyTime now) {
  if (!socket_ || events == 0) return;
  if (phase_ == Phase::kConnecting) return Greet(now);
  if (const auto sent = socket_->Flush(); !sent) return Lost(sent.error(), now);
  if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  if (const auto received = socket_->Receive(); !received) return Lost(received.error(), now);
  heard_at_ = now;
  TakeReplies(now);
}

void RedisLink::Greet(SteadyTime now) {
  const auto connected = socket_->Connect();
  if (!connected) return Lost(connected.error(), now);
  if (!*connected) return;
  phase_ = Phase::kGreeting;
  const auto role = options_.address.sentinels.empty() ? RedisGreeting::Role::kMayBeHidden
                                                       : RedisGreeting::Role::kMustBeTold;
  greeting_.emplace(options_.login, node_.database, role,
                    options_.probe_key ? options_.probe_key() : std::string());
  const auto sent =
      socket_->Queue(greeting_->bytes()).and_then([this] { return socket_->Flush(); });
  if (!sent) Lost(sent.error(), now);
}

void RedisLink::TakeReplies(SteadyTime now) {
  while (socket_) {
    auto reply = socket_->NextReply();
    if (!reply) return Lost(reply.error(), now);
    if (!*reply) return;
    OnReply(std::move(**reply), now);
  }
}

void RedisLink::OnReply(Reply reply, SteadyTime now) {
  if (phase_ == Phase::kGreeting) return OnGreetingReply(reply, now);
  if (in_flight_.empty()) return Drop(kLost, "Redis answered what was not asked", now);
  if (reply.type == Reply::Type::kError) OnServerError(reply.text);
  if (in_flight_.front().request->Deliver(std::move(reply))) in_flight_.pop_front();
  if (phase_ == Phase::kDraining && in_flight_.empty()) Drop(state_, {}, now);
}

void RedisLink::OnGreetingReply(const Reply& reply, SteadyTime now) {
  const auto outcome = greeting_->OnReply(reply);
  if (!outcome) return;
  if (outcome->state.health != Health::kUp) return Drop(outcome->state, outcome->reason, now);
  greeting_.reset();
  phase_ = Phase::kReady;
  ready_since_ = now;
  Report(outcome->state, "Redis is up");
}

// The server as a whole cannot serve: let what is under way come back, send nothing more.
void RedisLink::OnServerError(const std::string& text) {
  const RedisError error = Classify(text);
  if (!error.state && error.kind == ErrorKind::kPermission) return NoteRefusal(text);
  if (!error.state || phase_ != Phase::kReady) return;
  if (options_.probe_key && error.cluster != ClusterAnswer::kNone) return;
  phase_ = Phase::kDraining;
  Report(*error.state, "Redis says: " + base::Printable(text));
}

// The other commands go on, so nobody would learn of it.
void RedisLink::NoteRefusal(const std::string& text) {
  if (!options_.on_warning || refusals_.size() >= kMaxRefusals) return;
  if (!refusals_.insert(text).second) return;
  options_.on_warning("Redis says: " + base::Printable(text));
}

void RedisLink::Lost(const Error& error, SteadyTime now) {
  Drop(phase_ == Phase::kDraining ? state_ : kLost, error.message, now);
}

void RedisLink::Drop(ServerState state, const std::string& reason, SteadyTime now) {
  due_ = now + NextRetry(now);
  phase_ = Phase::kWaiting;
  greeting_.reset();
  socket_.reset();
  refusals_.clear();
  // Before the callers learn of it, so that their next call fails at once.
  Report(state, reason);
  for (auto& waiting : std::exchange(in_flight_, {})) {
    waiting.request->Fail({ErrorKind::kUnavailable, reason});
  }
}

void RedisLink::Report(ServerState state, const std::string& reason) {
  state_ = state;
  options_.on_state(state, reason);
}

std::chrono::milliseconds RedisLink::NextRetry(SteadyTime now) {
  const bool was_ready = phase_ == Phase::kReady || phase_ == Phase::kDraining;
  if (was_ready && now - ready_since_ >= kProved) retry_after_ = times_.first_retry;
  const auto whole = std::exchange(retry_after_, std::min(retry_after_ * 2, times_.last_retry));
  // Between half and whole, so that the programs of many hosts do not come all at once.
  std::uniform_int_distribution<std::int64_t> jitter(whole.count() / 2, whole.count());
  return std::chrono::milliseconds(jitter(random_));
}

}  // namespace gatepost::store
