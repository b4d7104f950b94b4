// The tokens of PDF's syntax (ISO 32000-1 section 7.2 and 7.3), one after another, in text that may
// be no PDF at all. One thread at a time; no memory beyond one token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatepost::attachments {

class PdfTokens {
 public:
  enum class Kind { kEnd, kName, kNumber, kString, kKeyword, kOpen, kClose };

  // `text` must outlive it.
  explicit PdfTokens(std::string_view text) : text_(text) {}
  // kOpen and kClose are dictionaries and arrays. Comments are skipped.
  Kind Next();
  // A name without "/", "#4A" decoded; a string's bytes; a keyword; at most kMostToken bytes.
  const std::string& value() const { return value_; }
  std::uint64_t number() const { return number_; }
  // Where the next token is looked for.
  std::size_t at() const { return at_; }
  void MoveTo(std::size_t at) { at_ = at; }

  static constexpr std::size_t kMostToken = 4'096;

 private:
  void SkipBlanks();
  Kind Name();
  Kind Literal();
  Kind Hexadecimal();
  Kind Word();
  void Escape();
  void Put(char c);
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string value_;
  std::uint64_t number_ = 0;
  bool unended_ = false;  // a string without an end: brackets begin no strings any more
};

}  // namespace gatepost::attachments
