// BinHex 4.0 (RFC 1741), line by line: the file's name and its data fork. One thread at a time;
// memory for the header, bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::mime {

class BinHexStream {
 public:
  // Appends what the line adds to the data fork. Runs make much of little: what is more than some
  // times the text is left out.
  void Feed(std::string_view line, std::string& out);

  // The header is read; the name as it stands there.
  bool named() const { return named_; }
  const std::string& name() const { return name_; }
  // The second colon was there, or something that cannot stand there.
  bool ended() const { return ended_; }
  bool damaged() const { return damaged_; }

 private:
  void TakeByte(unsigned char byte, std::string& out);
  void Put(unsigned char byte, std::string& out);
  void ReadHeader();

  std::uint32_t bits_ = 0;
  unsigned held_ = 0;  // of them
  unsigned char last_ = 0;
  bool repeats_ = false;  // the next byte says how often
  std::string header_;
  std::string name_;
  std::uint64_t left_ = 0;  // of the data fork
  std::uint64_t may_tell_ = 2'048;
  bool begun_ = false;
  bool named_ = false;
  bool ended_ = false;
  bool damaged_ = false;
};

}  // namespace gatepost::mime
