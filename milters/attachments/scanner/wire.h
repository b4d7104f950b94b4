// Numbers and texts in a frame: little endian, texts behind their length. Used by scan_protocol.cc.
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatepost::attachments {

class WireWriter {
 public:
  // The lowest `bytes` of the number.
  void Number(std::uint64_t number, std::size_t bytes);
  void Text(std::string_view text);
  void Bytes(std::span<const std::byte> bytes);
  std::vector<std::byte> Take() { return std::move(frame_); }

 private:
  std::vector<std::byte> frame_;
};

// Once something is missing or too long all that follows is empty, and whole() is false.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> frame) : rest_(frame) {}
  std::uint64_t Number(std::size_t bytes);
  std::string Text(std::size_t most_bytes);
  // A view of the frame.
  std::span<const std::byte> Bytes(std::size_t bytes);
  void Fail() { good_ = false; }
  bool good() const { return good_; }
  // All is read and was in order.
  bool whole() const { return good_ && rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool good_ = true;
};

}  // namespace gatepost::attachments
