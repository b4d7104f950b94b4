#include "common/mime/binhex.h"

namespace gatepost::mime {
namespace {

constexpr std::string_view kAlphabet =
    "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";
constexpr unsigned char kRun = 0x90;
constexpr std::uint64_t kMostRatio = 8;
// Behind the name: version, type, creator, flags, two lengths, a checksum.
constexpr std::size_t kAfterName = 1 + 4 + 4 + 2 + 4 + 4 + 2;
constexpr std::size_t kDataLength = 1 + 4 + 4 + 2;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

void BinHexStream::Feed(std::string_view line, std::string& out) {
  for (const char c : line) {
    if (ended_) return;
    if (IsBlank(c)) continue;
    if (c == ':') {
      ended_ = begun_;
      begun_ = true;
      continue;
    }
    const auto value = kAlphabet.find(c);
    if (!begun_ || value == std::string_view::npos) {
      ended_ = damaged_ = true;
      return;
    }
    may_tell_ += kMostRatio;
    bits_ = bits_ << 6 | static_cast<std::uint32_t>(value);
    held_ += 6;
    if (held_ < 8) continue;
    held_ -= 8;
    TakeByte(static_cast<unsigned char>(bits_ >> held_), out);
  }
}

// A run of none is the byte itself that begins runs.
void BinHexStream::TakeByte(unsigned char byte, std::string& out) {
  if (repeats_) {
    repeats_ = false;
    if (byte == 0) return Put(last_ = kRun, out);
    for (unsigned i = 1; i < byte; ++i) Put(last_, out);
  } else if (byte == kRun) {
    repeats_ = true;
  } else {
    Put(last_ = byte, out);
  }
}

void BinHexStream::Put(unsigned char byte, std::string& out) {
  if (!named_) {
    header_ += static_cast<char>(byte);
    return ReadHeader();
  }
  if (left_ == 0 || may_tell_ == 0) return;
  --left_;
  --may_tell_;
  out += static_cast<char>(byte);
}

void BinHexStream::ReadHeader() {
  const std::size_t name = static_cast<unsigned char>(header_[0]);
  if (header_.size() < 1 + name + kAfterName) return;
  named_ = true;
  name_ = header_.substr(1, name);
  for (std::size_t i = 0; i < 4; ++i) {
    left_ = left_ << 8 | static_cast<unsigned char>(header_[1 + name + kDataLength + i]);
  }
}

}  // namespace gatepost::mime
