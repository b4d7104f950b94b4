// The bytes of one connection to Redis: what waits to be sent, and the reader of what came.
// Used by the I/O thread alone. TLS will stand here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/store/redis_reply.h"

namespace gatepost::store {

class RedisSocket {
 public:
  explicit RedisSocket(base::UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  // Why the connection could not be made; asked once when the socket becomes writable.
  base::Result<void> FinishConnect() const;

  void Queue(std::string_view bytes) { unsent_ += bytes; }
  std::size_t unsent_bytes() const { return unsent_.size() - sent_; }
  // Sends what the system takes now. kUnavailable when the connection is gone.
  base::Result<void> Flush();
  // Reads what is there, a bounded amount at a time. kUnavailable when the connection is gone.
  base::Result<void> Receive();
  base::Result<std::optional<Reply>> NextReply() { return reader_.Next(); }

 private:
  base::UniqueFd fd_;
  std::string unsent_;
  std::size_t sent_ = 0;  // bytes of unsent_ that are gone already
  ReplyReader reader_;
};

}  // namespace gatepost::store
