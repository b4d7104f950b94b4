#include "milters/attachments/scanner/rtf_reader.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {
constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kLongestNumber = 12;
constexpr std::size_t kMostFallback = 8;
}  // namespace

void RtfReader::Put(char c) {
  switch (state_) {
    case State::kText:
      return Text(c);
    case State::kBackslash:
      return Backslash(c);
    case State::kWord:
    case State::kNumber:
      return WordOrNumber(c);
    case State::kHex:
      return Hex(c);
    case State::kBinary:
      sink_.OnBinary(c);
      if (--binary_ == 0) state_ = State::kText;
      return;
  }
}

void RtfReader::Text(char c) {
  if (c == '\\') {
    state_ = State::kBackslash;
    word_.clear();
    digits_.clear();
  } else if (c == '{') {
    sink_.OnOpen();
  } else if (c == '}') {
    skip_ = 0;
    sink_.OnClose();
  } else if (c != '\r' && c != '\n') {
    if (skip_ == 0) return sink_.OnText(c);
    --skip_;
  }
}

void RtfReader::Backslash(char c) {
  state_ = State::kText;
  if (base::IsAsciiAlpha(c)) {
    word_ = c;
    state_ = State::kWord;
  } else if (c == '\'') {
    state_ = State::kHex;
  } else if (c == '*') {
    sink_.OnWord("*");
  } else if (c == '\\' || c == '{' || c == '}') {
    sink_.OnText(c);
  }
}

void RtfReader::WordOrNumber(char c) {
  if (state_ == State::kWord && base::IsAsciiAlpha(c)) {
    if (word_.size() < kLongestWord) word_ += c;
    return;
  }
  if (base::IsAsciiDigit(c) || (c == '-' && state_ == State::kWord)) {
    state_ = State::kNumber;
    if (digits_.size() < kLongestNumber) digits_ += c;
    return;
  }
  state_ = State::kText;
  WordEnds();
  if (c == ' ') return;
  Put(c);
}

void RtfReader::WordEnds() {
  const long long number = std::strtoll(digits_.c_str(), nullptr, 10);
  if (word_ == "bin" && number > 0) {
    binary_ = static_cast<std::uint64_t>(number);
    state_ = State::kBinary;
  } else if (word_ == "uc") {
    fallback_ = static_cast<std::size_t>(
        std::clamp<long long>(number, 0, static_cast<long long>(kMostFallback)));
  } else if (word_ == "u" && !digits_.empty()) {
    sink_.OnText(number > 0 && number < 0x80 ? static_cast<char>(number) : '?');
    skip_ = fallback_;
  } else {
    sink_.OnWord(word_);
  }
}

void RtfReader::Hex(char c) {
  digits_ += c;
  if (digits_.size() < 2) return;
  state_ = State::kText;
  if (skip_ > 0) {
    --skip_;
    return;
  }
  sink_.OnText(static_cast<char>(std::strtol(digits_.c_str(), nullptr, 16)));
}

}  // namespace gatepost::attachments
