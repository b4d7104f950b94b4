#include "milters/attachments/scanner/escape_stream.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "common/base/strings.h"
#include "milters/attachments/scanner/xml_tags.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kLongestEntity = 12;

std::optional<unsigned> Hexadecimal(std::string_view digits) {
  unsigned value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (result.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

bool IsStarter(char c) { return c == '&' || c == '\\' || c == '%'; }

// How long "\x63", "\u0063" and "%63" are; 0 where it is no such thing.
std::size_t LengthOf(std::string_view pending) {
  if (pending[0] == '%') return 3;
  if (pending.size() < 2) return 2;
  return pending[1] == 'x' ? 4 : pending[1] == 'u' ? 6 : 0;
}

}  // namespace

bool EscapeStream::Complete(unsigned character) {
  pending_.clear();
  resolved_ += character < 0x80 ? static_cast<char>(character) : '?';
  return true;
}

// As it stands; but the last character may begin another.
bool EscapeStream::NotAnEscape() {
  resolved_ += pending_;
  pending_.clear();
  if (resolved_.size() > 1 && IsStarter(resolved_.back())) {
    pending_ = resolved_.back();
    resolved_.pop_back();
  }
  return true;
}

bool EscapeStream::Resolve() {
  if (pending_[0] == '&') {
    if (pending_.size() == 1) return false;
    const char last = pending_.back();
    const bool goes_on = base::IsAsciiAlpha(last) || base::IsAsciiDigit(last) || last == '#';
    if (goes_on && pending_.size() < kLongestEntity) return false;
    // Numbers count without the semicolon, too.
    std::string entity = pending_;
    if (!goes_on) entity.pop_back();
    const std::string decoded = DecodeEntities(entity + ';');
    if (decoded.size() != 1) return NotAnEscape();
    Complete(static_cast<unsigned char>(decoded[0]));
    if (!goes_on && last != ';') resolved_ += last;
    return true;
  }
  const std::size_t length = LengthOf(pending_);
  if (length == 0) return NotAnEscape();
  if (pending_.size() < length) return false;
  const std::size_t digits = pending_[0] == '%' ? 1 : 2;
  if (length <= digits) return NotAnEscape();
  const auto character = Hexadecimal(std::string_view(pending_).substr(digits));
  return character ? Complete(*character) : NotAnEscape();
}

}  // namespace gatepost::attachments
