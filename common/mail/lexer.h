// Reads the tokens of structured header fields (RFC 5322 section 3.2) from clean text, each byte
// once. Used by the address and authserv-id parsers. One owner at a time; points into the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/mail/character_class.h"

namespace gatepost::mail {

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  // NUL at the end: clean text holds none.
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  std::size_t position() const { return at_; }
  std::string_view Since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }

  bool Consume(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++at_;
    return true;
  }

  // Skips blanks, folds and comments. False where a comment does not close or nests deeper than
  // kMaxCommentDepth: then error() says so.
  bool SkipCfws();

  // The longest run of atext, of atext and dots, or of token bytes; empty where none stands.
  std::string_view Atom();
  std::string_view AtomsAndDots();
  std::string_view Token();

  // At a '"': appends the content to `out`, quoted pairs resolved, line ends of folds dropped.
  // False where the string does not close.
  bool AppendQuotedString(std::string& out);

  // The comments with their parentheses that SkipCfws met since the last call.
  std::vector<std::string_view> TakeComments() { return std::exchange(comments_, {}); }

  const base::Error& error() const { return error_; }

 private:
  bool SkipComment();
  bool Stop(base::ErrorKind kind, const char* message);

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string_view> comments_;
  base::Error error_;
};

}  // namespace gatepost::mail
