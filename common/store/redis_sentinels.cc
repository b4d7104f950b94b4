#include "common/store/redis_sentinels.h"

#include <array>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/base/strings.h"
#include "common/store/redis_request.h"
#include "common/store/redis_state.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using base::SteadyTime;

constexpr std::size_t kLongestHost = 255;
// Far more than an answer takes.
constexpr ReplyReader::Bounds kBounds{std::size_t{64} << 10, std::size_t{4} << 10, 16};

bool IsHost(std::string_view text) {
  if (text.empty() || text.size() > kLongestHost) return false;
  for (const char c : text) {
    const bool fits = base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) ||
                      std::string_view(".:-_%").find(c) != std::string_view::npos;
    if (!fits) return false;
  }
  return true;
}

bool IsPort(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= 65'535;
}

template <std::size_t kCount>
std::string Bytes(const std::array<std::string_view, kCount>& words) {
  std::string bytes;
  AppendCommand(bytes, words);
  return bytes;
}

std::string LoginBytes(const RedisLogin& login) {
  if (login.password.empty()) return {};
  if (login.user.empty()) return Bytes<2>({"AUTH", login.password});
  return Bytes<3>({"AUTH", login.user, login.password});
}

}  // namespace

Result<HostAndPort> ParsePrimary(const Reply& reply) {
  if (reply.type == Reply::Type::kNil) {
    return Fail(ErrorKind::kNotFound, "it knows no primary of this name");
  }
  if (reply.type == Reply::Type::kError) {
    return Fail(Classify(reply.text).kind, "it says: " + base::Printable(reply.text));
  }
  if (reply.type != Reply::Type::kArray || reply.elements.size() != 2 ||
      !IsHost(reply.elements[0].text) || !IsPort(reply.elements[1].text)) {
    return Fail(ErrorKind::kInvalid, "its answer names no node");
  }
  return HostAndPort{reply.elements[0].text, reply.elements[1].text};
}

RedisSentinels::RedisSentinels(Options options)
    : options_(std::move(options)),
      login_bytes_(LoginBytes(options_.login)),
      question_bytes_(
          Bytes<3>({"SENTINEL", "get-master-addr-by-name", options_.address.primary_name})),
      numeric_(options_.address.sentinels.size()) {}

void RedisSentinels::OnTime(SteadyTime now, bool wanted) {
  if (phase_ == Phase::kIdle) {
    if (wanted || now >= due_) StartRound(now, wanted);
  } else if (now >= due_) {
    Failed("no answer in time", now);
  }
}

void RedisSentinels::StartRound(SteadyTime now, bool wanted) {
  const bool first = due_ == SteadyTime();
  for (std::size_t i = 0; first && i < numeric_.size(); ++i) LookUp(i);
  failed_ = 0;
  wanted_ = wanted;
  if (wanted && !first) {
    // The last one to answer may be behind the times, or gone with the primary.
    socket_.reset();
    current_ = (current_ + 1) % numeric_.size();
  }
  Ask(now);
}

void RedisSentinels::LookUp(std::size_t sentinel) {
  const auto& [host, port] = options_.address.sentinels[sentinel];
  RedisAddress address;
  address.host = host;
  address.port = port;
  if (auto numeric = Numeric(address, 0)) numeric_[sentinel] = std::move(*numeric);
}

void RedisSentinels::Ask(SteadyTime now) {
  due_ = now + options_.patience;
  if (socket_) {
    SendQuestion(now);
  } else {
    Connect(now);
  }
}

void RedisSentinels::Connect(SteadyTime now) {
  if (wanted_) LookUp(current_);
  if (!numeric_[current_]) return Failed("its name is not known", now);
  auto fd = StartConnect(*numeric_[current_], 0);
  if (!fd) return Failed(fd.error().message, now);
  socket_.emplace(std::move(*fd), kBounds);
  if (options_.tls) socket_->UseTls(*options_.tls, Current().host);
  phase_ = Phase::kConnecting;
}

void RedisSentinels::SendQuestion(SteadyTime now) {
  phase_ = Phase::kAsked;
  const auto sent = socket_->Queue(question_bytes_).and_then([this] { return socket_->Flush(); });
  if (!sent) Failed(sent.error().message, now);
}

pollfd RedisSentinels::Polled() const {
  if (!socket_) return {-1, 0, 0};
  return {socket_->fd(), static_cast<short>(socket_->wants_to_send() ? POLLIN | POLLOUT : POLLIN),
          0};
}

void RedisSentinels::OnReady(short events, SteadyTime now) {
  if (!socket_ || events == 0) return;
  if (phase_ == Phase::kConnecting) {
    const auto connected = socket_->Connect();
    if (!connected) return Failed(connected.error().message, now);
    if (!*connected) return;
    replies_to_skip_ = login_bytes_.empty() ? 0 : 1;
    if (replies_to_skip_ > 0) static_cast<void>(socket_->Queue(login_bytes_));
    return SendQuestion(now);
  }
  const auto moved = socket_->Flush().and_then([this] { return socket_->Receive(); });
  if (!moved && phase_ == Phase::kIdle) return socket_.reset();  // asked elsewhere when it is time
  if (!moved) return Failed(moved.error().message, now);
  TakeReplies(now);
}

void RedisSentinels::TakeReplies(SteadyTime now) {
  while (socket_) {
    const auto reply = socket_->NextReply();
    if (!reply) return Failed(reply.error().message, now);
    if (!*reply) return;
    OnReply(**reply, now);
  }
}

void RedisSentinels::OnReply(const Reply& reply, SteadyTime now) {
  if (phase_ != Phase::kAsked) return socket_.reset();  // nobody asked
  // A sentinel without a password refuses ours and answers all the same.
  if (replies_to_skip_ > 0) {
    --replies_to_skip_;
    return;
  }
  const auto primary = ParsePrimary(reply);
  if (!primary) return Failed(primary.error().message, now);
  phase_ = Phase::kIdle;
  due_ = now + options_.interval;
  options_.on_primary(*primary, now);
}

void RedisSentinels::Failed(const std::string& reason, SteadyTime now) {
  const std::string whole = "sentinel " + Current().host + ":" + Current().port + ": " + reason;
  phase_ = Phase::kIdle;
  socket_.reset();
  current_ = (current_ + 1) % numeric_.size();
  if (++failed_ < numeric_.size()) return Ask(now);
  due_ = now + options_.interval;
  options_.on_silence(whole, now);
}

}  // namespace gatepost::store
