// One caller's question to Redis (one command, or several in one round trip) on its way through
// the I/O thread. The caller waits until its deadline and leaves; the request keeps its place in
// the queue, so that a late reply is dropped there and never taken for somebody else's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/redis_reply.h"

namespace gatepost::store {

// Appends one command as Redis reads it; its words may hold any bytes.
void AppendCommand(std::string& bytes, std::span<const std::string_view> words);

class RedisRequest {
 public:
  RedisRequest(std::string bytes, std::size_t replies_wanted)
      : bytes_(std::move(bytes)), replies_wanted_(replies_wanted) {}

  // -- the caller's thread -----------------------------------------------------------------------
  // All replies in order, why there are none, or kTimeout at the deadline. Once.
  base::Result<std::vector<Reply>> Wait(base::Deadline deadline);

  // -- the I/O thread ----------------------------------------------------------------------------
  const std::string& bytes() const { return bytes_; }
  bool abandoned() const { return abandoned_; }  // nobody waits any longer
  // True when this was the last reply.
  bool Deliver(Reply reply);
  void Fail(base::Error error);

 private:
  void Finish(std::optional<base::Error> error);

  const std::string bytes_;
  const std::size_t replies_wanted_;
  std::size_t replies_seen_ = 0;  // I/O thread only
  std::atomic<bool> abandoned_ = false;
  std::mutex mutex_;
  std::condition_variable finished_;
  bool done_ = false;
  std::vector<Reply> replies_;
  std::optional<base::Error> error_;
};

}  // namespace gatepost::store
