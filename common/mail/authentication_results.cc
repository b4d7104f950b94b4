#include "common/mail/authentication_results.h"

#include <algorithm>
#include <optional>

#include "common/base/strings.h"
#include "common/mail/authserv_id.h"
#include "common/mail/character_class.h"

namespace gatepost::mail {
namespace {

constexpr std::size_t kMaxColumns = 77;
constexpr std::size_t kTabColumns = 8;
constexpr std::size_t kMaxIdBytes = 253;
constexpr std::size_t kMaxKeywordBytes = 64;
constexpr std::size_t kMaxProseBytes = 200;
constexpr std::size_t kMaxValueBytes = 800;

// Puts words one behind another and folds where a line would grow too long.
class FoldedValue {
 public:
  explicit FoldedValue(std::size_t first_column) : columns_(first_column) {}

  void AddWord(std::string_view word) {
    if (columns_ + 1 + word.size() > kMaxColumns) {
      StartLine();
    } else if (!at_line_start_) {
      Append(" ");
    }
    Append(word);
    at_line_start_ = false;
  }

  // Words between single blanks.
  void AddText(std::string_view text) {
    for (std::string_view word : base::Split(text, ' ')) AddWord(word);
  }

  void Append(std::string_view text) {
    text_ += text;
    columns_ += text.size();
  }

  void StartLine() {
    if (at_line_start_) return;
    text_ += "\n\t";
    columns_ = kTabColumns;
    at_line_start_ = true;
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t columns_;
  bool at_line_start_ = false;
};

// Clean UTF-8 of at most `max_bytes`, never cut within a character: controls are blanks, runs of
// blanks are one, and none stands at the ends.
std::string CleanText(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(Utf8Length(text, at), 1);
    std::string_view piece = text.substr(at, length);
    at += length;
    if (!IsCleanText(piece)) piece = IsNonAscii(piece.front()) ? "?" : " ";
    if (piece == "\t") piece = " ";
    if (piece == " " && (clean.empty() || clean.back() == ' ')) continue;
    if (clean.size() + piece.size() > max_bytes) break;
    clean += piece;
  }
  if (clean.ends_with(' ')) clean.pop_back();
  return clean;
}

// What ends a result, a comment or a quoted string for some reader becomes its harmless twin.
std::string Soften(std::string text) {
  constexpr std::string_view kSharp = ";()\"\\";
  constexpr std::string_view kSoft = ",[]'/";
  for (char& c : text) {
    const std::size_t at = kSharp.find(c);
    if (at != std::string_view::npos) c = kSoft[at];
  }
  return text;
}

std::string Prose(std::string_view text) { return Soften(CleanText(text, kMaxProseBytes)); }

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte);
}

// `value` of RFC 2045; the text is clean.
std::string TokenOrQuoted(std::string text) {
  if (IsToken(text)) return text;
  return '"' + Soften(std::move(text)) + '"';
}

bool IsDomainByte(char c) { return IsNameByte(c) || IsNonAscii(c); }

// [ [ local-part ] "@" ] domain-name, where the text is that.
std::optional<std::string> MailboxValue(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at + 1 == text.size()) return std::nullopt;
  const std::string_view domain = text.substr(at + 1);
  if (!std::all_of(domain.begin(), domain.end(), IsDomainByte)) return std::nullopt;
  return std::string(IsDotAtom(text.substr(0, at)) ? text : text.substr(at));
}

std::string PropertyValue(std::string_view value) {
  std::string clean = CleanText(value, kMaxValueBytes);
  if (auto mailbox = MailboxValue(clean)) return std::move(*mailbox);
  return TokenOrQuoted(std::move(clean));
}

// A Keyword of RFC 5321 (letters, digits, hyphens, neither end a hyphen), or empty.
std::string Keyword(std::string_view text) {
  std::string keyword;
  for (char c : text.substr(0, kMaxKeywordBytes)) {
    if (base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-') keyword += c;
  }
  while (keyword.starts_with('-')) keyword.erase(0, 1);
  while (keyword.ends_with('-')) keyword.pop_back();
  return keyword;
}

void AddProperty(const Property& property, FoldedValue& out) {
  const std::string type = Keyword(property.type);
  const std::string name = Keyword(property.name);
  if (type.empty() || name.empty()) return;
  out.AddWord(type + '.' + name + '=' + PropertyValue(property.value));
}

bool IsWhole(const MethodResult& result) {
  return !Keyword(result.method).empty() && !Keyword(result.result).empty();
}

void AddResult(const MethodResult& result, FoldedValue& out) {
  out.Append(";");
  out.StartLine();
  out.AddWord(Keyword(result.method) + '=' + Keyword(result.result));
  const std::string reason = Prose(result.reason);
  if (!reason.empty()) out.AddWord("reason=" + TokenOrQuoted(reason));
  const std::string comment = Prose(result.comment);
  if (!comment.empty()) out.AddText('(' + comment + ')');
  for (const Property& property : result.properties) AddProperty(property, out);
}

}  // namespace

std::string FormatAuthenticationResults(std::string_view authserv_id,
                                        const std::vector<MethodResult>& results) {
  FoldedValue out(kAuthenticationResults.size() + 1);
  out.Append(' ' + TokenOrQuoted(CleanText(authserv_id, kMaxIdBytes)));
  bool none = true;
  for (const MethodResult& result : results) {
    if (!IsWhole(result)) continue;
    AddResult(result, out);
    none = false;
  }
  if (none) out.Append("; none");
  return out.Take();
}

}  // namespace gatepost::mail
