#include "common/store/redis_link.h"

#include <algorithm>
#include <array>
#include <span>
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

RedisLink::RedisLink(RedisAddress address, RedisLogin login, RedisTimes times, StateSink sink,
                     ProbeKey probe_key)
    : address_(std::move(address)),
      login_(std::move(login)),
      times_(times),
      sink_(std::move(sink)),
      probe_key_(std::move(probe_key)),
      retry_after_(times.first_retry),
      random_(std::random_device{}()) {}

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
  socket_->Queue(request->bytes());
  in_flight_.push_back({std::move(request), now});
}

void RedisLink::OnTime(SteadyTime now) {
  if (now < NextDue()) return;
  switch (phase_) {
    case Phase::kWaiting:
      return Connect(now);
    case Phase::kConnecting:
    case Phase::kGreeting:
      return Drop(kLost, address_.Format() + ": no greeting in time", now);
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
  const bool writes = phase_ == Phase::kConnecting || socket_->unsent_bytes() > 0;
  return {socket_->fd(), static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0};
}

void RedisLink::Connect(SteadyTime now) {
  auto fd = StartConnect(address_, attempts_++);
  if (!fd) return Drop(kLost, fd.error().message, now);
  socket_.emplace(std::move(*fd));
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
  const auto connected = socket_->FinishConnect();
  if (!connected) return Lost(connected.error(), now);
  phase_ = Phase::kGreeting;
  greeting_.emplace(login_, address_.database, probe_key_ ? probe_key_() : std::string());
  socket_->Queue(greeting_->bytes());
  if (const auto sent = socket_->Flush(); !sent) Lost(sent.error(), now);
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
  if (!error.state || phase_ != Phase::kReady) return;
  if (probe_key_ && error.cluster != ClusterAnswer::kNone) return;
  phase_ = Phase::kDraining;
  Report(*error.state, "Redis says: " + base::Printable(text));
}

void RedisLink::Lost(const Error& error, SteadyTime now) {
  Drop(phase_ == Phase::kDraining ? state_ : kLost, error.message, now);
}

void RedisLink::Drop(ServerState state, const std::string& reason, SteadyTime now) {
  due_ = now + NextRetry(now);
  phase_ = Phase::kWaiting;
  greeting_.reset();
  socket_.reset();
  // Before the callers learn of it, so that their next call fails at once.
  Report(state, reason);
  for (auto& waiting : std::exchange(in_flight_, {})) {
    waiting.request->Fail({ErrorKind::kUnavailable, reason});
  }
}

void RedisLink::Report(ServerState state, const std::string& reason) {
  state_ = state;
  sink_(state, reason);
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
