// Asks the sentinels of a group, one at a time, which node is its primary: at once when somebody
// wants to know, and every now and then, so that an old primary that still answers is left, too.
// Stays with the sentinel that answers; goes round all of them when one does not. Used by the I/O
// thread of redis_client.h alone, which tells the time and when the socket is ready.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/store/redis_address.h"
#include "common/store/redis_greeting.h"
#include "common/store/redis_reply.h"
#include "common/store/redis_socket.h"
#include "common/store/redis_tls.h"

namespace gatepost::store {

// What "SENTINEL get-master-addr-by-name" answers: the primary. kNotFound where the sentinel does
// not know the name, kPermission where it wants another password, kInvalid for what names no node.
base::Result<HostAndPort> ParsePrimary(const Reply& reply);

class RedisSentinels {
 public:
  struct Options {
    RedisAddress address;  // its sentinels, the primary's name, whether there is TLS
    RedisLogin login;      // sent to sentinels, too; one that wants none does not mind
    std::shared_ptr<const RedisTlsContext> tls;
    std::chrono::milliseconds patience;  // with one sentinel
    std::chrono::milliseconds interval;  // between questions that nobody asked for
    std::function<void(const HostAndPort& primary, base::SteadyTime now)> on_primary;
    // After a round in which none gave an answer.
    std::function<void(const std::string& reason, base::SteadyTime now)> on_silence;
  };
  explicit RedisSentinels(Options options);

  // `wanted`: somebody waits for the answer, and was not content with the last one.
  void OnTime(base::SteadyTime now, bool wanted);
  // When OnTime wants to be called again.
  base::SteadyTime NextDue() const { return due_; }
  pollfd Polled() const;  // its fd is -1 while there is no socket
  void OnReady(short events, base::SteadyTime now);

 private:
  enum class Phase { kIdle, kConnecting, kAsked };

  const HostAndPort& Current() const { return options_.address.sentinels[current_]; }
  void StartRound(base::SteadyTime now, bool wanted);
  void Ask(base::SteadyTime now);
  void Connect(base::SteadyTime now);
  void SendQuestion(base::SteadyTime now);
  void TakeReplies(base::SteadyTime now);
  void OnReply(const Reply& reply, base::SteadyTime now);
  void Failed(const std::string& reason, base::SteadyTime now);
  void LookUp(std::size_t sentinel);

  const Options options_;
  const std::string login_bytes_;
  const std::string question_bytes_;

  Phase phase_ = Phase::kIdle;
  std::size_t current_ = 0;
  bool wanted_ = false;     // in this round
  std::size_t failed_ = 0;  // sentinels, in this round
  // By number. A name is looked up, which may take long, only while nobody is kept waiting by it:
  // at the beginning, and where an answer is wanted.
  std::vector<std::optional<RedisAddress>> numeric_;
  std::optional<RedisSocket> socket_;
  std::size_t replies_to_skip_ = 0;
  base::SteadyTime due_{};
};

}  // namespace gatepost::store
