#include "milters/attachments/clamd_client.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/log/log.h"

namespace gatepost::attachments {
namespace {

using base::ErrorKind;
using base::Result;
using namespace std::string_view_literals;
using Outcome = ClamdVerdict::Outcome;

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kChunkBytes = 64 * 1024;

base::SocketAddress AddressOf(const ClamdOptions& options) {
  auto address = ParseClamdAddress(options.server);
  if (!address) throw std::invalid_argument(address.error().message);
  return *std::move(address);
}

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// At most `part` of what is left, which it is taken from.
Result<ClamdSocket> ConnectWithin(const base::SocketAddress& address, ClamdSocket::Left part,
                                  ClamdSocket::Left& left) {
  const auto begin = std::min(part, left);
  auto rest = begin;
  auto socket = ClamdSocket::Connect(address, rest);
  left -= begin - rest;
  return socket;
}

}  // namespace

ClamdClient::ClamdClient(ClamdOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock), address_(AddressOf(options_)) {}

ClamdScan ClamdClient::Begin() {
  ClamdScan scan(*this);
  if (MayAsk()) {
    ++asked_;
    scan.Open();
  } else {
    ++skipped_;
    scan.state_ = ClamdScan::State::kSkipped;
  }
  return scan;
}

Result<void> ClamdClient::Ping() const { return PingWithin(options_.time); }

Result<void> ClamdClient::PingWithin(ClamdSocket::Left left) const {
  auto socket = ConnectWithin(address_, options_.connect_time, left);
  if (!socket) return tl::unexpected(socket.error());
  if (const auto sent = socket->Send(Bytes("zPING\0"sv), left); !sent) return sent;
  const auto reply = socket->Receive(left);
  if (!reply) return tl::unexpected(reply.error());
  if (*reply == "PONG") return {};
  return base::Fail(ErrorKind::kInvalid, ParseClamdReply(*reply).text);
}

ClamdSocket::Left ClamdClient::ping_time() const {
  return std::min<ClamdSocket::Left>(options_.connect_time, options_.time / 2);
}

bool ClamdClient::MayAsk() {
  const std::lock_guard lock(mutex_);
  return !rests_ || clock_.Steady() >= rest_until_;
}

void ClamdClient::Note(const ClamdVerdict& verdict, bool connected) {
  if (verdict.outcome == Outcome::kFound) ++found_;
  if (verdict.outcome != Outcome::kUnchecked) return NoteSuccess();
  ++failed_;
  const bool well = verdict.of_message || (connected && PingWithin(ping_time()));
  NoteFailure(verdict.text, !well);
}

void ClamdClient::NoteFailure(const std::string& reason, bool own) {
  const std::lock_guard lock(mutex_);
  if (own) failures_ = std::min(failures_ + 1, options_.failures);
  unjudged_ = std::min(unjudged_ + 1, options_.unjudged);
  if (unjudged_ < options_.unjudged && (!own || failures_ < options_.failures)) return;
  rest_until_ = clock_.Steady() + options_.retry_after;
  if (!std::exchange(rests_, true)) {
    log::Warning("clamd does not check mail").With("reason", reason);
  }
}

void ClamdClient::NoteSuccess() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(rests_, false)) log::Info("clamd checks mail again");
  failures_ = 0;
  unjudged_ = 0;
}

ClamdClient::Counts ClamdClient::counts() const {
  return {asked_.load(), found_.load(), failed_.load(), skipped_.load()};
}

ClamdScan::ClamdScan(ClamdClient& client)
    : client_(&client), left_(client.options_.time - client.ping_time()) {}

void ClamdScan::Open() {
  auto socket = ConnectWithin(client_->address_, client_->options_.connect_time, left_);
  if (!socket) {
    state_ = State::kFailed;
    reason_ = socket.error().message;
    return;
  }
  socket_ = std::move(*socket);
  chunk_.resize(kLengthBytes);
  Send(Bytes("zINSTREAM\0"sv));
}

void ClamdScan::Send(std::span<const std::byte> bytes) {
  const auto sent = socket_->Send(bytes, left_);
  if (sent) return;
  const bool hung_up = sent.error().kind == ErrorKind::kUnavailable;
  state_ = hung_up ? State::kAnswered : State::kFailed;
  reason_ = sent.error().message;
}

void ClamdScan::Feed(std::span<const std::byte> bytes) {
  while (!bytes.empty() && state_ == State::kOpen) {
    const std::uint64_t most = client_->options_.most_bytes - fed_;
    const std::size_t room = kLengthBytes + kChunkBytes - chunk_.size();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>({bytes.size(), room, most}));
    chunk_.insert(chunk_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    bytes = bytes.subspan(size);
    fed_ += size;
    if (chunk_.size() == kLengthBytes + kChunkBytes) Flush();
    if (!bytes.empty() && fed_ == client_->options_.most_bytes && state_ == State::kOpen) {
      state_ = State::kFull;
    }
  }
}

// A length of 0 would end the stream.
void ClamdScan::Flush() {
  const std::size_t size = chunk_.size() - kLengthBytes;
  if (size == 0) return;
  for (std::size_t i = 0; i < kLengthBytes; ++i) chunk_[i] = std::byte(size >> (24 - 8 * i));
  Send(chunk_);
  chunk_.resize(kLengthBytes);
}

ClamdVerdict ClamdScan::Ask() {
  const bool full = state_ == State::kFull;
  if (state_ == State::kOpen || full) Flush();
  if (state_ == State::kOpen || state_ == State::kFull) Send(Bytes("\0\0\0\0"sv));
  if (state_ == State::kFailed) return {Outcome::kUnchecked, reason_};
  const auto reply = socket_->Receive(left_);
  if (!reply) return {Outcome::kUnchecked, reply.error().message};
  ClamdVerdict verdict = ParseClamdReply(*reply);
  // What it says before it has all cannot be that all is clean.
  if (verdict.outcome != Outcome::kClean || state_ == State::kOpen) return verdict;
  if (full) return {Outcome::kTooLarge, ""};
  return {Outcome::kUnchecked, "clamd answered before the end"};
}

ClamdVerdict ClamdScan::Finish() {
  if (state_ == State::kSkipped) {
    return {Outcome::kUnchecked, "clamd is left alone after failures"};
  }
  ClamdVerdict verdict = Ask();
  const bool connected = socket_.has_value();
  state_ = State::kSkipped;
  socket_.reset();
  client_->Note(verdict, connected);
  return verdict;
}

}  // namespace gatepost::attachments
