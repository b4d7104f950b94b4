// Whether a calendar may hold a file, while it streams by: hardly one does, and then the scanner
// has nothing to do. One thread at a time.
#pragma once

#include <cstddef>
#include <span>

namespace gatepost::attachments {

class CalendarWatch {
 public:
  void Feed(std::span<const std::byte> piece);
  // The word "base64" was in it, by which attachments are encoded (RFC 5545 section 3.2.7); folded
  // lines count as one.
  bool may_hold_file() const { return found_; }

 private:
  std::size_t matched_ = 0;  // of the word
  bool line_ended_ = false;  // a blank that follows is a fold
  bool found_ = false;
};

}  // namespace gatepost::attachments
