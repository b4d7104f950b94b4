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

// What stands before the results, and whether readers may differ about where that ends.
struct Head {
  std::string_view text;
  bool ambiguous = false;
};

// Finds the first ";" outside comments and quotes. Escapes, nested comments, quotes in comments,
// parentheses in quotes, controls and what does not close are where readers part ways.
class HeadReader {
 public:
  explicit HeadReader(std::string_view value) : value_(value) {}

  Head Read() {
    while (at_ < value_.size() && !AtResults()) Step(value_[at_++]);
    const bool open = in_quotes_ || depth_ > 0;
    return {value_.substr(0, at_), ambiguous_ || open};
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
    if (!in_quotes_ && !stray) depth_ += c == '(' ? 1 : -1;
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
    if (std::none_of(word.begin(), word.end(), IsNonAscii)) return false;
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
  const bool has_comment = searched.find('(') != std::string_view::npos;
  if (has_comment && finder.IsIn(WithoutComments(searched))) return true;
  const bool has_encoded_word = searched.find("=?") != std::string_view::npos;
  return has_encoded_word && finder.IsIn(DecodeEncodedWords(searched));
}

}  // namespace gatepost::mail
