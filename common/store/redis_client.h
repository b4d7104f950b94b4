// One Redis node (or the primary that sentinels name) for all threads: their requests are pipelined
// on one connection by one I/O thread. Any thread may call; no call outlasts its deadline, and
// while the server is not up a call fails at once (the circuit breaker). Used by redis_store.h and
// redis_cluster.h.
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
#include "common/store/redis_commander.h"
#include "common/store/redis_link.h"
#include "common/store/redis_sentinels.h"

namespace gatepost::store {

struct RedisOptions {
  RedisAddress address;
  RedisLogin login;
  RedisTimes times;
  StateListener on_state;                        // may be empty
  std::shared_ptr<const RedisTlsContext> tls{};  // where the address asks for it
  WarningListener on_warning{};                  // may be empty
  RedisLink::ProbeKey probe_key{};               // of a node of a cluster
};

class RedisClient final : public Commander {
 public:
  explicit RedisClient(RedisOptions options);
  ~RedisClient() override;  // fails what is under way
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  std::vector<base::Result<Reply>> Call(std::span<const Command> commands,
                                        base::Deadline deadline) override;
  bool one_tag_per_script() const override { return false; }
  Health health() const override { return state_.load().health; }
  void WaitForFirstState(base::Deadline deadline) override;

  // Call in two halves, for who asks several nodes at once.
  struct Asked {
    std::shared_ptr<RedisRequest> request;
    base::SteadyTime since;
  };
  base::Result<Asked> Ask(std::span<const Command> commands, base::Deadline deadline);
  base::Result<std::vector<Reply>> Await(const Asked& asked, base::Deadline deadline);

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
