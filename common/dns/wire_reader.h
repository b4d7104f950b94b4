// Reads numbers and names out of a DNS packet, never beyond its end. For message_parser.cc alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace gatepost::dns {

// A name as it stands in a packet: lower-case, labels joined by dots, "" for the root. A dot or a
// NUL inside a label becomes NUL, so that such a name never equals one that was asked.
struct WireName {
  std::string text;
  bool usual = true;  // all bytes are visible ASCII, none a dot inside a label
};

// Every function returns false at the first thing that is not as RFC 1035 says; the reader is then
// of no more use.
class WireReader {
 public:
  explicit WireReader(std::span<const std::uint8_t> packet) : packet_(packet) {}

  std::size_t position() const { return position_; }
  std::size_t size() const { return packet_.size(); }
  void Seek(std::size_t position) { position_ = position; }

  bool ReadByte(std::uint8_t& value);
  bool ReadNumber16(std::uint16_t& value);
  bool ReadNumber32(std::uint32_t& value);
  bool ReadBytes(std::size_t count, std::span<const std::uint8_t>& bytes);
  bool Skip(std::size_t count);

  // Follows compression pointers, which must point before the name that holds them (RFC 1035
  // 4.1.4: "a prior occurrence"), so there is no loop; 127 of them are enough for any name.
  bool ReadName(WireName& name);
  // Steps over a name without looking where its pointer leads.
  bool SkipName();

 private:
  bool AppendLabel(std::size_t length, WireName& name);
  bool Jump(std::uint8_t high_bits, std::size_t& start);

  std::span<const std::uint8_t> packet_;
  std::size_t position_ = 0;
};

}  // namespace gatepost::dns
