#include "milters/attachments/calendar_watch.h"

#include <string_view>

#include "common/base/strings.h"

namespace gatepost::attachments {

void CalendarWatch::Feed(std::span<const std::byte> piece) {
  constexpr std::string_view kWord = "base64";
  for (std::size_t i = 0; i < piece.size() && !found_; ++i) {
    const char c = static_cast<char>(piece[i]);
    if (c == '\r') continue;
    const bool fold = line_ended_ && (c == ' ' || c == '\t');
    const bool ends = c == '\n';
    if (line_ended_ && !fold) matched_ = 0;
    line_ended_ = ends;
    if (fold || ends) continue;
    // No letter of the word but its first begins it anew.
    const char lower = base::AsciiLower(c);
    matched_ = lower == kWord[matched_] ? matched_ + 1 : lower == kWord[0] ? 1 : 0;
    found_ = matched_ == kWord.size();
  }
}

}  // namespace gatepost::attachments
