#include "milters/attachments/scanner/byte_order.h"

#include <algorithm>

namespace gatepost::attachments {
namespace {

void AppendUtf8(std::uint32_t point, std::string& text) {
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0 | point >> 12);
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

constexpr std::uint32_t kReplacement = 0xFFFD;
bool IsHigh(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLow(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::string ReadText(const Content& content, std::uint64_t offset, std::size_t size) {
  if (offset >= content.size()) return {};
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, content.size() - offset)),
                   '\0');
  text.resize(content.ReadAt(offset, std::as_writable_bytes(std::span(text))));
  return text;
}

std::string_view Slice(std::string_view bytes, std::size_t at, std::size_t size) {
  return at >= bytes.size() ? std::string_view() : bytes.substr(at, size);
}

std::string_view UntilNul(std::string_view bytes) { return bytes.substr(0, bytes.find('\0')); }

std::string FromUtf16(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    std::uint32_t unit = Little16(bytes, at);
    if (unit == 0) break;
    const std::uint32_t next = Little16(bytes, at + 2);
    if (IsHigh(unit) && IsLow(next)) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00);
      at += 2;
    } else if (IsHigh(unit) || IsLow(unit)) {
      unit = kReplacement;
    }
    AppendUtf8(unit, text);
  }
  return text;
}

}  // namespace gatepost::attachments
