// The bytes of one connection to Redis: what waits to be sent, and the reader of what came, with
// TLS between where it is asked for. Used by the I/O thread alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/store/redis_reply.h"
#include "common/store/redis_tls.h"

namespace gatepost::store {

class RedisSocket {
 public:
  // The connection of `fd` is made or under way.
  explicit RedisSocket(base::UniqueFd fd, ReplyReader::Bounds bounds = {})
      : fd_(std::move(fd)), reader_(bounds) {}
  // The server must prove to be `host`. Before Connect.
  void UseTls(const RedisTlsContext& context, const std::string& host) {
    tls_.emplace(context, host);
  }

  int fd() const { return fd_.get(); }
  // True once the connection is made; else to be asked again when the socket is ready. kUnavailable
  // with the reason why it cannot be made.
  base::Result<bool> Connect();
  bool wants_to_send() const { return !connected_ || unsent_bytes() > 0; }

  // After Connect.
  base::Result<void> Queue(std::string_view bytes);
  std::size_t unsent_bytes() const { return unsent_.size() - sent_; }
  // Sends what the system takes now. kUnavailable when the connection is gone.
  base::Result<void> Flush();
  // Reads what is there, a bounded amount at a time. kUnavailable when the connection is gone.
  base::Result<void> Receive();
  base::Result<std::optional<Reply>> NextReply() { return reader_.Next(); }

 private:
  base::Result<void> Decrypt(std::string_view encrypted);

  base::UniqueFd fd_;
  bool connected_ = false;  // as far as the system is concerned
  std::string unsent_;
  std::size_t sent_ = 0;  // bytes of unsent_ that are gone already
  std::optional<RedisTlsSession> tls_;
  ReplyReader reader_;
};

}  // namespace gatepost::store
