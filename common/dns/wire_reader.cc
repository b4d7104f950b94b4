#include "common/dns/wire_reader.h"

#include "common/base/strings.h"
#include "common/dns/question.h"

namespace gatepost::dns {
namespace {

constexpr std::uint8_t kPointerBits = 0xc0;
constexpr int kMostPointers = 127;

}  // namespace

bool WireReader::ReadByte(std::uint8_t& value) {
  if (position_ >= packet_.size()) return false;
  value = packet_[position_++];
  return true;
}

bool WireReader::ReadNumber16(std::uint16_t& value) {
  std::span<const std::uint8_t> bytes;
  if (!ReadBytes(2, bytes)) return false;
  value = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
  return true;
}

bool WireReader::ReadNumber32(std::uint32_t& value) {
  std::uint16_t high = 0;
  std::uint16_t low = 0;
  if (!ReadNumber16(high) || !ReadNumber16(low)) return false;
  value = std::uint32_t{high} << 16U | low;
  return true;
}

bool WireReader::ReadBytes(std::size_t count, std::span<const std::uint8_t>& bytes) {
  if (position_ > packet_.size() || count > packet_.size() - position_) return false;
  bytes = packet_.subspan(position_, count);
  position_ += count;
  return true;
}

bool WireReader::Skip(std::size_t count) {
  std::span<const std::uint8_t> ignored;
  return ReadBytes(count, ignored);
}

bool WireReader::SkipName() {
  std::uint8_t length = 0;
  while (ReadByte(length)) {
    if (length == 0) return true;
    if ((length & kPointerBits) == kPointerBits) return Skip(1);
    if (length > kLongestLabel || !Skip(length)) return false;
  }
  return false;
}

bool WireReader::ReadName(WireName& name) {
  name = {};
  std::size_t start = position_;  // of the labels that are read now
  std::size_t after = 0;          // where the name ends in its own place, once a pointer was met
  int pointers = 0;
  std::uint8_t length = 0;
  while (ReadByte(length)) {
    if (length == 0) {
      if (pointers > 0) Seek(after);
      return true;
    }
    if ((length & kPointerBits) == kPointerBits) {
      if (pointers == 0) after = position_ + 1;
      if (++pointers > kMostPointers || !Jump(length, start)) return false;
    } else if (length > kLongestLabel || !AppendLabel(length, name)) {
      return false;
    }
  }
  return false;
}

bool WireReader::Jump(std::uint8_t high_bits, std::size_t& start) {
  std::uint8_t low = 0;
  if (!ReadByte(low)) return false;
  const std::size_t target = static_cast<std::size_t>(high_bits & ~kPointerBits) << 8U | low;
  if (target >= start) return false;
  start = target;
  Seek(target);
  return true;
}

bool WireReader::AppendLabel(std::size_t length, WireName& name) {
  std::span<const std::uint8_t> label;
  const std::size_t dot = name.text.empty() ? 0 : 1;
  if (name.text.size() + dot + length > kLongestName || !ReadBytes(length, label)) return false;
  if (dot == 1) name.text += '.';
  for (const std::uint8_t byte : label) {
    name.usual = name.usual && byte > 0x20 && byte < 0x7f && byte != '.';
    name.text += byte == '.' ? '\0' : base::AsciiLower(static_cast<char>(byte));
  }
  return true;
}

}  // namespace gatepost::dns
