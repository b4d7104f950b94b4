// One Redis node (or the primary that sentinels name) for all threads: their requests are pipelined
// on one connection by one I/O thread. Any thread may call; no call outlasts its deadline, and
// while the server is not up a call fails at once (the circuit breaker). Used by redis_store.h.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/store/redis_link.h"
#include "common/store/redis_sentinels.h"

namespace gatepost::store {

using Command = std::vector<std::string_view>;

struct RedisOptions {
  RedisAddress address;
  RedisLogin login;
  RedisTimes times;
  StateListener on_state;                        // may be empty
  std::shared_ptr<const RedisTlsContext> tls{};  // where the address asks for it
  RefusalListener on_refusal{};                  // may be empty
};

class RedisClient {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient();  // fails what is under way
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // The replies to the commands in order, error replies among them. kTimeout at the deadline;
  // kUnavailable or kPermission while the server is not up; kLimit when too many wait.
  base::Result<std::vector<Reply>> Call(std::span<const Command> commands, base::Deadline deadline);

  Health health() const { return state_.load().health; }
  // Until the first connection has come up or failed, or the deadline.
  void WaitForFirstState(base::Deadline deadline);

 private:
  base::Result<void> Enqueue(std::shared_ptr<RedisRequest> request);
  void NoteWait(bool timed_out, base::SteadyTime start);
  void Wake();

  void Watch(const RedisOptions& options);

  // The I/O thread's side.
  void Run();
  void Turn();
  void AwaitEvents();
  RedisLink::Requests TakeInbox();
  void OnState(ServerState state, const std::string& reason);

  const StateListener on_state_;
  const std::chrono::milliseconds late_;
  std::atomic<ServerState> state_{ServerState{}};
  std::atomic<unsigned> late_in_a_row_ = 0;
  std::atomic<base::SteadyTime> late_since_{base::SteadyTime()};
  std::atomic<bool> too_late_ = false;  // so many were late that the link shall be dropped
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;
  std::condition_variable first_state_;
  bool state_known_ = false;
  RedisLink::Requests inbox_;

  base::UniqueFd wake_;
  RedisLink link_;                           // I/O thread only
  std::optional<RedisSentinels> sentinels_;  // I/O thread only
  std::thread thread_;
};

}  // namespace gatepost::store
