#include "common/mail/authserv_id.h"

#include <algorithm>

#include "common/base/strings.h"
#include "common/mail/character_class.h"
#include "common/mail/domain.h"
#include "common/mail/encoded_word.h"
#include "common/mail/lexer.h"

namespace gatepost::mail {
namespace {

// More words outside ASCII than this before the results stand in no honest field, and each costs
// an IDN mapping: such a field counts as ours.
constexpr int kMaxIdnWords = 32;

constexpr bool IsBlankOrControl(char c) { return c == ' ' || IsControl(c); }

constexpr bool IsIdByte(char c) { return IsNameByte(c) || IsNonAscii(c); }

bool IsAscii(std::string_view text) { return std::none_of(text.begin(), text.end(), IsNonAscii); }

// What stands before the results, and whether readers may differ about where that ends.
struct Head {
  std::string_view text;
  bool ambiguous = false;
};

// Finds the first ";" outside comments and quotes. Escapes, nested comments, quotes in comments,
// parentheses in quotes and controls are where readers part ways. What does not close goes on to
// the end of the value.
class HeadReader {
 public:
  explicit HeadReader(std::string_view value) : value_(value) {}

  Head Read() {
    while (at_ < value_.size() && !AtResults()) Step(value_[at_++]);
    return {value_.substr(0, at_), ambiguous_};
  }

 private:
  bool AtResults() const { return value_[at_] == ';' && !in_quotes_ && depth_ == 0; }

  void Step(char c) {
    if (c == '\\') {
      ambiguous_ = true;
      ++at_;
      at_ = std::min(at_, value_.size());
    } else if (c == '"') {
      ambiguous_ |= depth_ > 0;
      if (depth_ == 0) in_quotes_ = !in_quotes_;
    } else if (c == '(' || c == ')') {
      StepParenthesis(c);
    } else if (IsControl(c) && !base::IsMailSpace(c)) {
      ambiguous_ = true;
    }
  }

  void StepParenthesis(char c) {
    const bool nests = c == '(' && depth_ > 0;
    const bool stray = c == ')' && depth_ == 0;
    ambiguous_ |= in_quotes_ || nests || stray;
    if (in_quotes_ || stray) return;
    if (c == '(') {
      ++depth_;
    } else {
      --depth_;
    }
  }

  std::string_view value_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool in_quotes_ = false;
  bool ambiguous_ = false;
};

std::string_view WithoutOuterDots(std::string_view word) {
  while (word.starts_with('.')) word.remove_prefix(1);
  while (word.ends_with('.')) word.remove_suffix(1);
  return word;
}

// Looks for one authserv-id in the words of a text. A word is a run of IsIdByte.
class IdFinder {
 public:
  explicit IdFinder(std::string_view authserv_id) {
    const auto domain = Domain::Parse(authserv_id);
    id_ = domain ? domain->ascii() : base::ToLower(WithoutOuterDots(authserv_id));
  }

  // A word spells the id, or the first words put together do ("mx.exam\n ple.org").
  bool IsIn(std::string_view text) {
    if (id_.empty()) return false;
    std::string joined;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const std::size_t begin = at;
      while (at < text.size() && IsIdByte(text[at])) ++at;
      const std::string_view word = text.substr(begin, at - begin);
      if (word.empty()) continue;
      if ((joined.empty() || !IsValue(text, begin)) && Spells(word)) return true;
      if (Joins(joined, word)) return true;
    }
    return false;
  }

 private:
  // Puts `word` behind `joined`, as long as the two could become the id. (An A-label is never
  // shorter than a quarter of its U-label.)
  bool Joins(std::string& joined, std::string_view word) {
    if (joined.size() > 4 * id_.size()) return false;
    const bool is_first = joined.empty();
    joined += word;
    return !is_first && Spells(joined);
  }

  // In "smtp.mailfrom=user@mx.example.org" the name is a property's value, no id.
  static bool IsValue(std::string_view text, std::size_t begin) {
    while (begin > 0 && base::IsMailSpace(text[begin - 1])) --begin;
    return begin > 0 && (text[begin - 1] == '=' || text[begin - 1] == '@');
  }

  bool Spells(std::string_view word) {
    word = WithoutOuterDots(word);
    if (base::EqualsIgnoreCase(word, id_)) return true;
    if (IsAscii(word)) return false;
    if (++idn_words_ > kMaxIdnWords) return true;
    const auto domain = Domain::Parse(word);
    return domain && domain->ascii() == id_;
  }

  std::string id_;
  int idn_words_ = 0;
};

// The text without what stands in parentheses, however they nest.
std::string WithoutComments(std::string_view text) {
  std::string bare;
  std::size_t depth = 0;
  for (char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) bare += c;
    if (c == ')' && depth > 0) --depth;
  }
  return bare;
}

// White space and invisible characters outside ASCII: readers trim or drop them. `character` is one
// well-formed UTF-8 sequence.
bool IsInvisible(std::string_view character) {
  if (character.size() == 2) return character >= "\xc2\x80" && character <= "\xc2\xa0";
  return character == "\xe1\x9a\x80" ||                                   // U+1680
         (character >= "\xe2\x80\x80" && character <= "\xe2\x80\x8f") ||  // U+2000 to U+200F
         (character >= "\xe2\x80\xa8" && character <= "\xe2\x80\xaf") ||  // U+2028 to U+202F
         (character >= "\xe2\x81\x9f" && character <= "\xe2\x81\xaf") ||  // U+205F to U+206F
         character == "\xe3\x80\x80" || character == "\xef\xbb\xbf";      // U+3000, U+FEFF
}

// The text with blanks for what is invisible or no UTF-8.
std::string WithBlanks(std::string_view text) {
  std::string blanked;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = Utf8Length(text, at);
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    at += character.size();
    if (length == 0 || (length > 1 && IsInvisible(character))) {
      blanked += ' ';
    } else {
      blanked += character;
    }
  }
  return blanked;
}

// The id itself: a token or a quoted string; empty where neither stands.
std::string ReadId(Lexer& lexer) {
  std::string id;
  if (lexer.Peek() != '"') return std::string(lexer.Token());
  return lexer.AppendQuotedString(id) ? id : std::string();
}

}  // namespace

bool IsAuthenticationResultsName(std::string_view field_name) {
  while (!field_name.empty() && IsBlankOrControl(field_name.front())) field_name.remove_prefix(1);
  while (!field_name.empty() && IsBlankOrControl(field_name.back())) field_name.remove_suffix(1);
  return base::EqualsIgnoreCase(field_name, kAuthenticationResults);
}

std::optional<std::string> ParseAuthservId(std::string_view field_value) {
  if (!IsCleanText(field_value)) return std::nullopt;
  Lexer lexer(field_value);
  if (!lexer.SkipCfws()) return std::nullopt;
  std::string id = ReadId(lexer);
  if (id.empty() || !lexer.SkipCfws()) return std::nullopt;
  const std::string_view version = lexer.Token();
  const bool has_version = std::all_of(version.begin(), version.end(), base::IsAsciiDigit);
  if (!has_version || !lexer.SkipCfws()) return std::nullopt;
  if (!lexer.AtEnd() && lexer.Peek() != ';') return std::nullopt;
  return id;
}

bool ClaimsAuthservId(std::string_view field_value, std::string_view authserv_id) {
  const Head head = HeadReader(field_value).Read();
  const std::string_view searched = head.ambiguous ? field_value : head.text;
  IdFinder finder(authserv_id);
  if (finder.IsIn(searched)) return true;
  if (!IsAscii(searched) && finder.IsIn(WithBlanks(searched))) return true;
  const bool has_comment = searched.find('(') != std::string_view::npos;
  if (has_comment && finder.IsIn(WithoutComments(searched))) return true;
  const bool has_encoded_word = searched.find("=?") != std::string_view::npos;
  return has_encoded_word && finder.IsIn(DecodeEncodedWords(searched));
}

}  // namespace gatepost::mail
