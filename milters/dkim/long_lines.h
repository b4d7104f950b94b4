// Finds lines that Postfix will wrap on the way out (smtp_line_length_limit), which breaks any
// signature made before. Belongs to one message.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "common/mail/header_field.h"

namespace gatepost::dkim {

class LongLines {
 public:
  // 0: no line is too long.
  explicit LongLines(std::size_t limit) : limit_(limit) {}

  void OnHeader(const mail::HeaderField& field) {
    current_ = field.name.size() + 1;
    Measure(field.value.data(), field.value.size());
    EndLine();
  }

  void OnBody(std::span<const std::byte> chunk) {
    Measure(reinterpret_cast<const char*>(chunk.data()), chunk.size());
  }

  // How many octets the longest line has, without its line end; call after the last chunk.
  std::size_t longest() const { return std::max(longest_, current_); }
  bool Found() const { return limit_ > 0 && longest() > limit_; }

 private:
  void Measure(const char* text, std::size_t size) {
    const char* const end = text + size;
    while (const void* found = std::memchr(text, '\n', static_cast<std::size_t>(end - text))) {
      const char* const newline = static_cast<const char*>(found);
      current_ += static_cast<std::size_t>(newline - text);
      const bool after_cr = newline > text ? newline[-1] == '\r' : last_is_cr_;
      if (after_cr && current_ > 0) --current_;
      EndLine();
      text = newline + 1;
      if (text == end) return;
    }
    current_ += static_cast<std::size_t>(end - text);
    if (text < end) last_is_cr_ = end[-1] == '\r';
  }

  void EndLine() {
    longest_ = std::max(longest_, current_);
    current_ = 0;
    last_is_cr_ = false;
  }

  std::size_t limit_;
  std::size_t longest_ = 0;
  std::size_t current_ = 0;
  bool last_is_cr_ = false;
};

}  // namespace gatepost::dkim
