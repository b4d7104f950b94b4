// Finds where a zip may begin behind a picture, while the bytes stream by: most pictures are spared
// from being put aside. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gatepost::attachments {

class ZipWatch {
 public:
  struct Place {
    std::string_view before;  // of its beginning, what stood at the end of the piece before
    std::size_t at = 0;       // in this piece
  };
  // Where the first member may begin; nothing while there is none.
  std::optional<Place> Feed(std::span<const std::byte> piece);

 private:
  std::uint32_t last_ = 0;  // bytes, the latest lowest
};

}  // namespace gatepost::attachments
