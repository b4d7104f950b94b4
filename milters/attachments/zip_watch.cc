#include "milters/attachments/zip_watch.h"

#include <algorithm>

namespace gatepost::attachments {
namespace {

constexpr std::string_view kMark{"PK\x03\x04", 4};
constexpr std::uint32_t kMarkBytes = 0x504B0304;

}  // namespace

std::optional<ZipWatch::Place> ZipWatch::Feed(std::span<const std::byte> piece) {
  const std::size_t seam = std::min(piece.size(), kMark.size() - 1);
  for (std::size_t i = 0; i < seam; ++i) {
    last_ = last_ << 8 | static_cast<std::uint32_t>(piece[i]);
    if (last_ == kMarkBytes) return Place{kMark.substr(0, kMark.size() - 1 - i), 0};
  }
  const std::string_view text(reinterpret_cast<const char*>(piece.data()), piece.size());
  const std::size_t at = text.find(kMark);
  if (at != text.npos) return Place{{}, at};
  for (std::size_t i = std::max(seam, piece.size() - seam); i < piece.size(); ++i) {
    last_ = last_ << 8 | static_cast<std::uint32_t>(piece[i]);
  }
  return std::nullopt;
}

}  // namespace gatepost::attachments
