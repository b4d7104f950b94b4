#include "milters/attachments/scanner/content_cursor.h"

#include <algorithm>

namespace gatepost::attachments {

std::string_view ContentCursor::At(std::uint64_t offset, std::size_t size) {
  if (offset >= content_.size()) return {};
  const auto most =
      static_cast<std::size_t>(std::min<std::uint64_t>(size, content_.size() - offset));
  const bool there = offset >= begin_ && offset - begin_ <= buffer_.size() &&
                     buffer_.size() - (offset - begin_) >= most;
  if (!there) {
    buffer_.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(std::max(size, ahead_), content_.size() - offset)));
    buffer_.resize(content_.ReadAt(offset, std::as_writable_bytes(std::span(buffer_))));
    begin_ = offset;
  }
  return std::string_view(buffer_).substr(static_cast<std::size_t>(offset - begin_), most);
}

std::optional<std::uint64_t> FindText(ContentCursor& cursor, std::string_view text,
                                      std::uint64_t begin, std::uint64_t end) {
  constexpr std::size_t kPiece = 32'768;
  end = std::min(end, cursor.content().size());
  while (begin < end) {
    const auto piece = cursor.At(begin, kPiece + text.size() - 1);
    const std::size_t at = piece.find(text);
    if (at != piece.npos) {
      return begin + at < end ? std::optional(begin + at) : std::nullopt;
    }
    if (piece.size() < kPiece) return std::nullopt;
    begin += kPiece;
  }
  return std::nullopt;
}

}  // namespace gatepost::attachments
