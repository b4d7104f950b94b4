#include "common/mail/lexer.h"

#include "common/base/strings.h"
#include "common/mail/address.h"

namespace gatepost::mail {
namespace {

// What may follow a backslash (RFC 5322 section 3.2.1); a line end there (obs-qp) is refused, since
// readers differ about it. Peek() gives NUL at the end.
bool IsPairable(char c) { return c == '\t' || !IsControl(c); }

}  // namespace

bool Lexer::Stop(base::ErrorKind kind, const char* message) {
  error_ = {kind, message};
  return false;
}

bool Lexer::SkipCfws() {
  while (!AtEnd()) {
    if (base::IsMailSpace(text_[at_])) {
      ++at_;
    } else if (text_[at_] != '(') {
      return true;
    } else if (!SkipComment()) {
      return false;
    }
  }
  return true;
}

bool Lexer::SkipComment() {
  const std::size_t begin = at_;
  int depth = 0;
  for (; !AtEnd(); ++at_) {
    const char c = text_[at_];
    if (c == '\\') {
      ++at_;
      if (!IsPairable(Peek())) break;
    } else if (c == '(') {
      if (++depth > kMaxCommentDepth) {
        return Stop(base::ErrorKind::kLimit, "comments nest too deep");
      }
    } else if (c == ')' && --depth == 0) {
      ++at_;
      comments_.push_back(Since(begin));
      return true;
    }
  }
  return Stop(base::ErrorKind::kInvalid, "a comment does not close");
}

std::string_view Lexer::Atom() {
  const std::size_t begin = at_;
  while (!AtEnd() && IsAtext(text_[at_])) ++at_;
  return Since(begin);
}

std::string_view Lexer::AtomsAndDots() {
  const std::size_t begin = at_;
  while (!AtEnd() && (IsAtext(text_[at_]) || text_[at_] == '.')) ++at_;
  return Since(begin);
}

std::string_view Lexer::Token() {
  const std::size_t begin = at_;
  while (!AtEnd() && IsTokenByte(text_[at_])) ++at_;
  return Since(begin);
}

bool Lexer::AppendQuotedString(std::string& out) {
  for (++at_; !AtEnd(); ++at_) {
    char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\') {
      ++at_;
      c = Peek();
      if (!IsPairable(c)) break;
    }
    if (c != '\r' && c != '\n') out += c;
  }
  return Stop(base::ErrorKind::kInvalid, "a quoted string does not close");
}

}  // namespace gatepost::mail
