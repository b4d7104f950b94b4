#include "common/mail/encoded_word.h"

#include <algorithm>
#include <optional>

#include "common/base/base64.h"
#include "common/base/strings.h"

namespace gatepost::mail {
namespace {

struct EncodedWord {
  char encoding = 'q';  // in lower case
  std::string_view content;
  std::size_t length = 0;  // of the whole, in the text
};

// Takes what stands before the next '?' and the '?' itself.
std::optional<std::string_view> TakePart(std::string_view& rest) {
  const std::size_t end = rest.find('?');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return part;
}

// `text` starts with "=?".
std::optional<EncodedWord> ReadEncodedWord(std::string_view text) {
  std::string_view rest = text.substr(2);
  if (!TakePart(rest)) return std::nullopt;  // the charset
  const auto encoding = TakePart(rest);
  if (!encoding || encoding->size() != 1) return std::nullopt;
  const char kind = base::AsciiLower(encoding->front());
  if (kind != 'q' && kind != 'b') return std::nullopt;
  const auto content = TakePart(rest);
  if (!content || !rest.starts_with('=')) return std::nullopt;
  return EncodedWord{kind, *content, text.size() - rest.size() + 1};
}

int HexDigit(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string DecodeQ(std::string_view content) {
  std::string text;
  for (std::size_t at = 0; at < content.size(); ++at) {
    const bool pair = content[at] == '=' && at + 2 < content.size();
    const int high = pair ? HexDigit(content[at + 1]) : -1;
    const int low = pair ? HexDigit(content[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      text += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      text += content[at] == '_' ? ' ' : content[at];
    }
  }
  return text;
}

std::string DecodeB(std::string_view content) {
  std::string clean;
  for (char c : content) {
    if (base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '+' || c == '/') clean += c;
  }
  if (clean.size() % 4 == 1) clean.pop_back();
  return base::DecodeBase64(clean).value_or(std::string());
}

std::string Decode(const EncodedWord& word) {
  std::string text = word.encoding == 'b' ? DecodeB(word.content) : DecodeQ(word.content);
  std::erase(text, '\0');
  return text;
}

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), base::IsMailSpace);
}

}  // namespace

std::string DecodeEncodedWords(std::string_view text) {
  std::string decoded;
  std::size_t after_word = std::string::npos;  // where in `decoded` the last encoded word ended
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find("=?"), text.size());
    decoded += text.substr(0, plain);
    text.remove_prefix(plain);
    const auto word = text.empty() ? std::nullopt : ReadEncodedWord(text);
    if (!word) {
      decoded += text.substr(0, 1);
      text.remove_prefix(std::min<std::size_t>(1, text.size()));
      continue;
    }
    if (after_word < decoded.size() && IsBlank(std::string_view(decoded).substr(after_word))) {
      decoded.resize(after_word);
    }
    decoded += Decode(*word);
    after_word = decoded.size();
    text.remove_prefix(word->length);
  }
  return decoded;
}

}  // namespace gatepost::mail
