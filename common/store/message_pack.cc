#include "common/store/message_pack.h"

#include <algorithm>

namespace gatepost::store {
namespace {

constexpr unsigned kFixArray = 0x90, kFixText = 0xa0, kText8 = 0xd9, kText16 = 0xda, kText32 = 0xdb;
constexpr unsigned kNumber8 = 0xcc, kNumber16 = 0xcd, kNumber32 = 0xce, kNumber64 = 0xcf;
constexpr unsigned kArray16 = 0xdc, kArray32 = 0xdd;

}  // namespace

void PackWriter::Put(unsigned head, std::uint64_t number, unsigned width) {
  bytes_.push_back(static_cast<char>(head));
  while (width-- > 0) bytes_.push_back(static_cast<char>((number >> (8 * width)) & 0xff));
}

void PackWriter::Number(std::int64_t number) {
  const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(number, 0, kMost));
  if (value < 0x80) return Put(static_cast<unsigned>(value), 0, 0);
  if (value <= 0xff) return Put(kNumber8, value, 1);
  if (value <= 0xffff) return Put(kNumber16, value, 2);
  if (value <= 0xffffffff) return Put(kNumber32, value, 4);
  Put(kNumber64, value, 8);
}

void PackWriter::Text(std::string_view text) {
  if (text.size() < 32) {
    Put(kFixText + static_cast<unsigned>(text.size()), 0, 0);
  } else if (text.size() <= 0xff) {
    Put(kText8, text.size(), 1);
  } else if (text.size() <= 0xffff) {
    Put(kText16, text.size(), 2);
  } else {
    Put(kText32, text.size(), 4);
  }
  bytes_ += text;
}

void PackWriter::Array(std::size_t elements) {
  if (elements < 16) return Put(kFixArray + static_cast<unsigned>(elements), 0, 0);
  if (elements <= 0xffff) return Put(kArray16, elements, 2);
  Put(kArray32, elements, 4);
}

std::optional<unsigned> PackReader::Head() {
  if (bytes_.empty()) return std::nullopt;
  const auto head = static_cast<unsigned char>(bytes_.front());
  bytes_.remove_prefix(1);
  return head;
}

std::optional<std::uint64_t> PackReader::Big(unsigned width) {
  if (bytes_.size() < width) return std::nullopt;
  std::uint64_t value = 0;
  for (const char byte : bytes_.substr(0, width)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  bytes_.remove_prefix(width);
  return value;
}

std::optional<std::int64_t> PackReader::Number() {
  const auto head = Head();
  if (!head) return std::nullopt;
  if (*head < 0x80) return *head;
  if (*head < kNumber8 || *head > kNumber64) return std::nullopt;
  const auto value = Big(1U << (*head - kNumber8));
  if (!value || *value > static_cast<std::uint64_t>(PackWriter::kMost)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<std::string_view> PackReader::Text() {
  const auto head = Head();
  if (!head) return std::nullopt;
  std::optional<std::uint64_t> size;
  if (*head >= kFixText && *head < kFixText + 32) size = *head - kFixText;
  if (*head >= kText8 && *head <= kText32) size = Big(1U << (*head - kText8));
  if (!size || *size > bytes_.size()) return std::nullopt;
  const std::string_view text = bytes_.substr(0, *size);
  bytes_.remove_prefix(*size);
  return text;
}

std::optional<std::size_t> PackReader::Array() {
  const auto head = Head();
  if (!head) return std::nullopt;
  std::optional<std::uint64_t> size;
  if (*head >= kFixArray && *head < kFixArray + 16) size = *head - kFixArray;
  if (*head == kArray16 || *head == kArray32) size = Big(*head == kArray16 ? 2 : 4);
  if (!size || *size > bytes_.size()) return std::nullopt;  // an element takes a byte or more
  return static_cast<std::size_t>(*size);
}

}  // namespace gatepost::store
