// Reads small pieces of a Content with few calls: keeps the surroundings of what was asked for
// last. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "milters/attachments/scanner/content.h"

namespace gatepost::attachments {

class ContentCursor {
 public:
  // `content` outlives it; `ahead`: so much is read at once.
  explicit ContentCursor(const Content& content, std::size_t ahead = 65'536)
      : content_(content), ahead_(ahead) {}

  // `size` bytes from `offset` on, until the next call; fewer at the end.
  std::string_view At(std::uint64_t offset, std::size_t size);
  const Content& content() const { return content_; }

 private:
  const Content& content_;
  const std::size_t ahead_;
  std::uint64_t begin_ = 0;
  std::string buffer_;
};

// Where `text` begins at or behind `begin` and before `end`. At most 256 bytes of text.
std::optional<std::uint64_t> FindText(ContentCursor& cursor, std::string_view text,
                                      std::uint64_t begin, std::uint64_t end);

}  // namespace gatepost::attachments
