// What Redis answers, and the bounded reader that makes it from bytes (hiredis' parser behind it).
// Used by the I/O thread of redis_client.h; a value of one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

struct redisReader;

namespace gatepost::store {

struct Reply {
  enum class Type : std::uint8_t { kNil, kInteger, kString, kStatus, kError, kArray };
  Type type = Type::kNil;
  std::int64_t integer = 0;
  std::string text;  // of kString, kStatus and kError
  std::vector<Reply> elements;
};

// Bytes in, replies out. After an error the connection is of no more use.
class ReplyReader {
 public:
  struct Bounds {
    std::size_t unparsed_bytes = std::size_t{2} << 20;  // so also of one string
    std::size_t reply_bytes = std::size_t{64} << 20;    // all strings of one reply
    std::size_t reply_elements = 1'000'000;             // all levels of one reply
  };

  ReplyReader() : ReplyReader(Bounds()) {}
  explicit ReplyReader(Bounds bounds);

  // kLimit when more waits unparsed than the bounds allow.
  base::Result<void> Feed(std::string_view bytes);
  // The next whole reply, or nothing before more bytes come. kInvalid: these bytes are no RESP, or
  // a reply beyond the bounds.
  base::Result<std::optional<Reply>> Next();

  struct Budget {
    Bounds bounds;
    std::size_t bytes = 0;
    std::size_t elements = 0;
  };

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  Budget budget_;  // spent on the reply that is being read
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace gatepost::store
