#include "common/store/redis_request.h"

#include <array>
#include <charconv>
#include <utility>

namespace gatepost::store {

using base::ErrorKind;
using base::Result;

namespace {

// "$5\r\n" and the like.
void AppendLength(std::string& bytes, char kind, std::size_t length) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), length).ptr;
  bytes.push_back(kind);
  bytes.append(digits.begin(), end);
  bytes.append("\r\n");
}

}  // namespace

// hiredis can do this, too; but it prints each length by printf, and a message has a hundred words.
void AppendCommand(std::string& bytes, std::span<const std::string_view> words) {
  AppendLength(bytes, '*', words.size());
  for (const std::string_view word : words) {
    AppendLength(bytes, '$', word.size());
    bytes.append(word).append("\r\n");
  }
}

Result<std::vector<Reply>> RedisRequest::Wait(base::Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!finished_.wait_until(lock, deadline, [this] { return done_; })) {
    abandoned_ = true;
    return base::Fail(ErrorKind::kTimeout, "Redis did not answer in time");
  }
  if (error_) return tl::unexpected(*error_);
  return std::move(replies_);
}

bool RedisRequest::Deliver(Reply reply) {
  if (!abandoned_) replies_.push_back(std::move(reply));
  const bool last = ++replies_seen_ == replies_wanted_;
  if (last) Finish(std::nullopt);
  return last;
}

void RedisRequest::Fail(base::Error error) { Finish(std::move(error)); }

void RedisRequest::Finish(std::optional<base::Error> error) {
  {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    done_ = true;
  }
  finished_.notify_one();  // the I/O thread still owns this object, too
}

}  // namespace gatepost::store
