#include "common/store/redis_client.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <exception>
#include <iterator>
#include <system_error>
#include <utility>

namespace gatepost::store {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::steady_clock;

// At least so many callers in a row that waited kFairWait or more in vain, for RedisTimes::late in
// all, open the circuit, also when a crawling server still answers now and then.
constexpr unsigned kLeastLate = 4;
constexpr std::chrono::milliseconds kFairWait{20};
constexpr ServerState kTooSlow{Health::kDown, ErrorKind::kUnavailable};

timespec Until(base::SteadyTime due) {
  const auto wait = std::max(due - steady_clock::now(), steady_clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  return {seconds.count(), (wait - seconds).count()};
}

base::UniqueFd MakeEventFd() {
  base::UniqueFd fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

RedisClient::RedisClient(RedisOptions options)
    : on_state_(std::move(options.on_state)),
      late_(options.times.late),
      wake_(MakeEventFd()),
      link_({options.address, options.login, options.times, options.tls,
             [this](ServerState state, const std::string& reason) { OnState(state, reason); },
             options.on_warning, options.probe_key}) {
  if (!options.address.sentinels.empty()) Watch(options);
  thread_ = std::thread([this] { Run(); });
}

void RedisClient::Watch(const RedisOptions& options) {
  sentinels_.emplace(RedisSentinels::Options{
      options.address, options.login, options.address.tls ? options.tls : nullptr,
      options.times.connect, options.times.heartbeat,
      [this](const HostAndPort& primary, base::SteadyTime now) { link_.Follow(primary, now); },
      [this](const std::string& reason, base::SteadyTime now) { link_.NoPrimary(reason, now); }});
}

RedisClient::~RedisClient() {
  stopping_ = true;
  Wake();
  thread_.join();
}

std::vector<Result<Reply>> RedisClient::Call(std::span<const Command> commands, Deadline deadline) {
  const auto asked = Ask(commands, deadline);
  auto replies = asked ? Await(*asked, deadline) : tl::unexpected(asked.error());
  if (!replies) return {commands.size(), tl::unexpected(replies.error())};
  return {std::move_iterator(replies->begin()), std::move_iterator(replies->end())};
}

Result<RedisClient::Asked> RedisClient::Ask(std::span<const Command> commands, Deadline deadline) {
  const auto start = steady_clock::now();
  if (deadline <= start) return Fail(ErrorKind::kTimeout, "no time was left to ask Redis");
  std::string bytes;
  for (const Command& command : commands) AppendCommand(bytes, command);
  const auto request = std::make_shared<RedisRequest>(std::move(bytes), commands.size());
  if (const auto queued = Enqueue(request); !queued) return tl::unexpected(queued.error());
  return Asked{request, start};
}

Result<std::vector<Reply>> RedisClient::Await(const Asked& asked, Deadline deadline) {
  auto replies = asked.request->Wait(deadline);
  NoteWait(!replies && replies.error().kind == ErrorKind::kTimeout, asked.since);
  return replies;
}

Result<void> RedisClient::Enqueue(std::shared_ptr<RedisRequest> request) {
  const ServerState state = state_;
  if (state.health != Health::kUp) {
    return Fail(state.kind, "Redis is " + std::string(Name(state.health)));
  }
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(request));
    first = inbox_.size() == 1;
  }
  if (first) Wake();  // once for all that come before the I/O thread looks
  return {};
}

void RedisClient::NoteWait(bool timed_out, base::SteadyTime start) {
  if (!timed_out) {
    if (late_in_a_row_.load(std::memory_order_relaxed) != 0) late_in_a_row_ = 0;
    return;
  }
  const auto now = steady_clock::now();
  if (now - start < kFairWait) return;
  const unsigned late_before = late_in_a_row_++;
  if (late_before == 0) late_since_ = start;
  if (late_before + 1 < kLeastLate || now - late_since_.load() < late_) return;
  late_in_a_row_ = 0;
  too_late_ = true;
  Wake();
}

void RedisClient::Wake() {
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then the thread is awake anyway.
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void RedisClient::WaitForFirstState(Deadline deadline) {
  std::unique_lock lock(mutex_);
  first_state_.wait_until(lock, deadline, [this] { return state_known_; });
}

void RedisClient::Run() {
  while (!stopping_) {
    try {
      Turn();
    } catch (const std::exception& error) {  // out of memory: begin anew
      link_.Drop(kTooSlow, error.what(), steady_clock::now());
    }
  }
  link_.Drop({}, "Redis is no longer needed", steady_clock::now());
  link_.Send(TakeInbox(), steady_clock::now());
}

void RedisClient::Turn() {
  const auto now = steady_clock::now();
  if (too_late_.exchange(false) && health() == Health::kUp) {
    link_.Drop(kTooSlow, "Redis answers too late", now);
  }
  link_.OnTime(now);
  if (sentinels_) sentinels_->OnTime(now, link_.seeks_primary());
  link_.Send(TakeInbox(), now);
  AwaitEvents();
}

void RedisClient::AwaitEvents() {
  std::array<pollfd, 3> polled{pollfd{wake_.get(), POLLIN, 0}, link_.Polled(),
                               sentinels_ ? sentinels_->Polled() : pollfd{-1, 0, 0}};
  auto due = link_.NextDue();
  if (sentinels_) due = std::min(due, sentinels_->NextDue());
  const timespec timeout = Until(due);
  if (::ppoll(polled.data(), polled.size(), &timeout, nullptr) <= 0) return;
  if (polled[0].revents != 0) {
    std::uint64_t count = 0;
    static_cast<void>(!::read(wake_.get(), &count, sizeof count));
  }
  link_.OnReady(polled[1].revents, steady_clock::now());
  if (sentinels_) sentinels_->OnReady(polled[2].revents, steady_clock::now());
}

RedisLink::Requests RedisClient::TakeInbox() {
  const std::lock_guard lock(mutex_);
  return std::exchange(inbox_, {});
}

void RedisClient::OnState(ServerState state, const std::string& reason) {
  if (state.health == Health::kUp) late_in_a_row_ = 0;
  const bool changed = state_.exchange(state) != state;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(state_known_, true);
  }
  if ((first || changed) && !stopping_ && on_state_) on_state_(state.health, reason);
  if (first) first_state_.notify_all();
}

}  // namespace gatepost::store
