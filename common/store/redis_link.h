// The one connection to a Redis node, made again whenever it is lost: greeting, requests in
// flight, time bounds, back-off. Used by the I/O thread of redis_client.h alone, which tells it
// the time and when its socket is ready.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/store/redis_address.h"
#include "common/store/redis_greeting.h"
#include "common/store/redis_request.h"
#include "common/store/redis_socket.h"
#include "common/store/redis_state.h"

namespace gatepost::store {

struct RedisTimes {
  std::chrono::milliseconds connect{500};     // to connect and greet
  std::chrono::milliseconds silence{500};     // asked, but not a byte came
  std::chrono::milliseconds heartbeat{1000};  // an idle connection is asked whether it lives
  std::chrono::milliseconds first_retry{50};
  std::chrono::milliseconds last_retry{5000};
};

class RedisLink {
 public:
  using StateSink = std::function<void(ServerState, const std::string& reason)>;
  using Requests = std::vector<std::shared_ptr<RedisRequest>>;

  // For a node of a cluster: a key that it should have now. Called in the I/O thread.
  using ProbeKey = std::function<std::string()>;

  RedisLink(RedisAddress address, RedisLogin login, RedisTimes times, StateSink sink,
            ProbeKey probe_key = {});

  // Sends the requests, or fails them at once while the server is not up.
  void Send(Requests requests, base::SteadyTime now);
  // Connects when it is time to, and drops a connection that has overrun a bound.
  void OnTime(base::SteadyTime now);
  // When OnTime wants to be called again.
  base::SteadyTime NextDue() const;
  pollfd Polled() const;  // its fd is -1 while there is no socket
  void OnReady(short events, base::SteadyTime now);
  // Fails what is in flight and connects again after the back-off.
  void Drop(ServerState state, const std::string& reason, base::SteadyTime now);

 private:
  enum class Phase { kWaiting, kConnecting, kGreeting, kReady, kDraining };
  struct InFlight {
    std::shared_ptr<RedisRequest> request;
    base::SteadyTime sent_at;
  };

  void Connect(base::SteadyTime now);
  void Greet(base::SteadyTime now);
  void TakeReplies(base::SteadyTime now);
  void OnReply(Reply reply, base::SteadyTime now);
  void OnGreetingReply(const Reply& reply, base::SteadyTime now);
  void OnServerError(const std::string& text);
  void Push(std::shared_ptr<RedisRequest> request, base::SteadyTime now);
  void Lost(const base::Error& error, base::SteadyTime now);
  void Report(ServerState state, const std::string& reason);
  bool Full() const;
  base::SteadyTime SilenceEnds() const;
  std::chrono::milliseconds NextRetry(base::SteadyTime now);

  const RedisAddress address_;
  const RedisLogin login_;
  const RedisTimes times_;
  const StateSink sink_;
  const ProbeKey probe_key_;  // empty: not in a cluster

  Phase phase_ = Phase::kWaiting;
  ServerState state_;
  std::optional<RedisSocket> socket_;
  std::optional<RedisGreeting> greeting_;
  std::deque<InFlight> in_flight_;
  unsigned attempts_ = 0;
  std::chrono::milliseconds retry_after_;
  base::SteadyTime due_{};  // of kWaiting, kConnecting and kGreeting
  base::SteadyTime ready_since_{};
  base::SteadyTime heard_at_{};
  std::minstd_rand random_;
};

}  // namespace gatepost::store
