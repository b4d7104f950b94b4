#include "common/store/redis_request.h"

#include <hiredis/hiredis.h>

#include <memory>
#include <new>
#include <utility>

namespace gatepost::store {

using base::ErrorKind;
using base::Result;

void AppendCommand(std::string& bytes, std::span<const std::string_view> words) {
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    starts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), starts.data(),
                                          sizes.data());
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<char, void (*)(char*)> owner(formatted, redisFreeCommand);
  bytes.append(formatted, static_cast<std::size_t>(size));
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
