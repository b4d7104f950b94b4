// RTF's groups, control words and text, byte by byte, as lenient as Word. Tells a sink. One thread
// at a time; bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::attachments {

class RtfSink {
 public:
  virtual ~RtfSink() = default;
  virtual void OnOpen() = 0;
  virtual void OnClose() = 0;
  // "objdata"; "*" for the mark of destinations that may be skipped.
  virtual void OnWord(std::string_view word) = 0;
  // A character of text, decoded from \'hh and \u as well ('?' beyond one byte).
  virtual void OnText(char c) = 0;
  // A byte of \bin.
  virtual void OnBinary(char c) = 0;
};

class RtfReader {
 public:
  explicit RtfReader(RtfSink& sink) : sink_(sink) {}
  void Put(char c);

 private:
  enum class State { kText, kBackslash, kWord, kNumber, kHex, kBinary };

  void Text(char c);
  void Backslash(char c);
  void WordOrNumber(char c);
  void WordEnds();
  void Hex(char c);

  RtfSink& sink_;
  State state_ = State::kText;
  std::string word_;
  std::string digits_;
  std::uint64_t binary_ = 0;
  // How many characters stand for the one that \u told, for readers that know no Unicode.
  std::size_t fallback_ = 1;
  std::size_t skip_ = 0;
};

}  // namespace gatepost::attachments
