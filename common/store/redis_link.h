// The one connection to a Redis node (with sentinels: to whichever they name), made again whenever
// it is lost: greeting, requests in flight, time bounds, back-off. Used by the I/O thread of
// redis_client.h alone, which tells it the time and when its socket is ready.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/store/redis_address.h"
#include "common/store/redis_greeting.h"
#include "common/store/redis_request.h"
#include "common/store/redis_socket.h"
#include "common/store/redis_state.h"
#include "common/store/redis_tls.h"

namespace gatepost::store {

// Told what a person should know though the state is as before: a command that Redis' access list
// refuses, once a connection; that no sentinel answers, once until one does. `reason` is one
// sentence for the log. From the I/O thread, which must not be kept waiting.
using WarningListener = std::function<void(const std::string& reason)>;

struct RedisTimes {
  std::chrono::milliseconds connect{500};     // to connect and greet; with one sentinel
  std::chrono::milliseconds silence{500};     // asked, but not a byte came
  std::chrono::milliseconds heartbeat{1000};  // an idle connection is asked whether it lives
  std::chrono::milliseconds first_retry{50};
  std::chrono::milliseconds last_retry{5000};
  std::chrono::milliseconds late{200};  // all answers came after their callers had left
};

class RedisLink {
 public:
  using StateSink = std::function<void(ServerState, const std::string& reason)>;
  using Requests = std::vector<std::shared_ptr<RedisRequest>>;
  // For a node of a cluster: a key that it should have now. Called in the I/O thread.
  using ProbeKey = std::function<std::string()>;
  struct Options {
    RedisAddress address;  // with sentinels: Follow names the node
    RedisLogin login;
    RedisTimes times;
    std::shared_ptr<const RedisTlsContext> tls;  // where the address asks for it
    StateSink on_state;
    WarningListener on_warning;  // may be empty
    ProbeKey probe_key{};        // empty: not in a cluster
  };

  explicit RedisLink(Options options);

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

  // -- with sentinels ----------------------------------------------------------------------------
  // It is time to connect; nothing happens before Follow or NoPrimary.
  bool seeks_primary() const { return phase_ == Phase::kSeeking; }
  // The sentinels name this primary now: connects to it where it was sought, and leaves any other.
  void Follow(const HostAndPort& primary, base::SteadyTime now);
  // No sentinel answers. A connection that is up goes on.
  void NoPrimary(const std::string& reason, base::SteadyTime now);

 private:
  enum class Phase { kWaiting, kSeeking, kConnecting, kGreeting, kReady, kDraining };
  struct InFlight {
    std::shared_ptr<RedisRequest> request;
    base::SteadyTime sent_at;
  };

  void Seek();
  void Connect(base::SteadyTime now);
  void Greet(base::SteadyTime now);
  void TakeReplies(base::SteadyTime now);
  void OnReply(Reply reply, base::SteadyTime now);
  void OnGreetingReply(const Reply& reply, base::SteadyTime now);
  void OnServerError(const std::string& text);
  void NoteRefusal(const std::string& text);
  void Push(std::shared_ptr<RedisRequest> request, base::SteadyTime now);
  void Lost(const base::Error& error, base::SteadyTime now);
  void Report(ServerState state, const std::string& reason);
  bool Full() const;
  base::SteadyTime SilenceEnds() const;
  std::chrono::milliseconds NextRetry(base::SteadyTime now);

  const Options options_;
  const RedisTimes& times_ = options_.times;
  RedisAddress node_;  // with sentinels, "" before Follow

  Phase phase_ = Phase::kWaiting;
  ServerState state_;
  std::optional<RedisSocket> socket_;
  std::optional<RedisGreeting> greeting_;
  std::deque<InFlight> in_flight_;
  std::set<std::string> refusals_;  // told on this connection
  bool silence_told_ = false;       // of the sentinels
  unsigned attempts_ = 0;
  std::chrono::milliseconds retry_after_;
  base::SteadyTime due_{};  // of kWaiting, kConnecting and kGreeting
  base::SteadyTime ready_since_{};
  base::SteadyTime heard_at_{};
  std::minstd_rand random_;
};

}  // namespace gatepost::store
