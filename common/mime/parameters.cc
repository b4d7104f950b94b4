#include "common/mime/parameters.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "common/base/strings.h"
#include "common/mail/encoded_word.h"
#include "common/mime/charset.h"

namespace gatepost::mime {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

void AddOnce(std::vector<std::string>& texts, std::string_view text) {
  if (std::ranges::find(texts, text) == texts.end()) texts.emplace_back(text);
}

// -- taking a value apart -------------------------------------------------------------------------

// `text` without comments (RFC 5322 section 3.2.2); one without an end goes to the end.
std::string WithoutComments(std::string_view text) {
  std::string plain;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && depth > 0) {
      ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (depth == 0) {
      plain += c;
    }
  }
  return plain;
}

std::string Unfolded(std::string_view text) {
  std::string plain(text);
  std::erase_if(plain, [](char c) { return c == '\r' || c == '\n'; });
  return plain;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  std::string_view TakeUntil(std::string_view ends);
  // Behind the "=": what may be meant, up to the next ";".
  std::vector<std::string> TakeReadings(bool& malformed);
  void Skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }
  // And blanks.
  void SkipComments();
  bool StandsAt(char c) const { return !rest_.empty() && rest_.front() == c; }
  void SkipBlanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  }

 private:
  std::vector<std::string> TakeQuoted(bool& malformed);
  std::vector<std::string> TakePlain();

  std::string_view rest_;
};

void Lexer::SkipComments() {
  SkipBlanks();
  int depth = 0;
  while (!rest_.empty() && (depth > 0 || StandsAt('('))) {
    if (StandsAt('(')) ++depth;
    if (StandsAt(')')) --depth;
    Skip(StandsAt('\\') ? 2 : 1);
    if (depth == 0) SkipBlanks();
  }
}

std::string_view Lexer::TakeUntil(std::string_view ends) {
  const auto taken = rest_.substr(0, rest_.find_first_of(ends));
  rest_.remove_prefix(taken.size());
  return taken;
}

std::vector<std::string> Lexer::TakeReadings(bool& malformed) {
  SkipBlanks();
  return StandsAt('"') ? TakeQuoted(malformed) : TakePlain();
}

// Clients read a blank in it as its end, as part of it, or take the first word alone; some know
// comments there.
std::vector<std::string> Lexer::TakePlain() {
  const auto text = Trim(TakeUntil(";"));
  std::vector<std::string> readings{Unfolded(text)};
  AddOnce(readings, text.substr(0, text.find_first_of(kBlanks)));
  if (text.find('(') != std::string_view::npos) {
    AddOnce(readings, Trim(Unfolded(WithoutComments(text))));
  }
  return readings;
}

// A backslash quotes the next character, or is meant as it stands: paths of Windows. What follows
// the closing quote is dropped, or belongs to it. Without a closing quote the rest belongs to it,
// or ends at the ";".
std::vector<std::string> Lexer::TakeQuoted(bool& malformed) {
  Skip(1);
  const std::string_view whole = rest_;
  std::string unescaped, literal;
  while (!rest_.empty() && rest_.front() != '"') {
    const bool escapes = rest_.front() == '\\' && rest_.size() > 1;
    if (escapes) {
      literal += rest_.front();
      Skip(1);
    }
    unescaped += rest_.front();
    literal += rest_.front();
    Skip(1);
  }
  const bool closed = StandsAt('"');
  Skip(1);
  std::vector<std::string> readings{Unfolded(unescaped)};
  AddOnce(readings, Unfolded(literal));
  // Where a backslash stands before the closing quote, not all take the quote for its own.
  if (const auto first = whole.find('"'); first < literal.size()) {
    AddOnce(readings, Unfolded(whole.substr(0, first)));
    AddOnce(readings, Unfolded(whole.substr(0, first - 1)));  // the backslash is before it
  }
  const auto more = Trim(TakeUntil(";"));
  if (!more.empty()) AddOnce(readings, readings.front() + Unfolded(more));
  if (more.find('"') != more.npos) {
    std::string joined = Unfolded(more);
    std::erase(joined, '"');
    AddOnce(readings, readings.front() + joined);
  }
  if (!closed) AddOnce(readings, Trim(whole.substr(0, whole.find(';'))));
  malformed = malformed || !closed || (!more.empty() && more.front() != '(');
  return readings;
}

// Where the first word ends and parameters begin: at the first ";", or, where the ";" or the word
// was forgotten, before the name in front of the first "=" that is in no comment.
std::size_t FindParameters(std::string_view value) {
  int depth = 0;
  for (std::size_t i = 0; i < value.size() && value[i] != ';'; ++i) {
    if (value[i] == '(') ++depth;
    if (value[i] == ')' && depth > 0) --depth;
    if (value[i] != '=' || depth > 0) continue;
    const std::size_t last = value.substr(0, i).find_last_not_of(kBlanks);
    if (last == value.npos) break;
    const std::size_t blank = value.substr(0, last).find_last_of(kBlanks);
    return blank == value.npos ? 0 : blank + 1;
  }
  return std::min(value.find(';'), value.size());
}

// Text without "=" may belong to the value before the ";".
void TakeStray(std::string_view text, StructuredValue& parsed) {
  if (text.empty()) return;
  parsed.malformed = true;
  if (parsed.parameters.empty()) return;
  auto& readings = parsed.parameters.back().readings;
  AddOnce(readings, readings.front() + ';' + Unfolded(text));
}

// "filename*1*" and the like.
void TakeSection(Parameter& parameter) {
  std::string& name = parameter.name;
  if (name.ends_with('*')) {
    parameter.extended = true;
    name.pop_back();
  }
  const auto star = name.rfind('*');
  if (star == std::string::npos) return;
  int section = -1;
  const char* const end = name.data() + name.size();
  const auto [last, error] = std::from_chars(name.data() + star + 1, end, section);
  if (error != std::errc() || last != end || section < 0) return;
  parameter.section = section;
  name.resize(star);
}

// -- what it means --------------------------------------------------------------------------------

int HexDigit(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string DecodePercent(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '%' && i + 2 < text.size();
    const int high = pair ? HexDigit(text[i + 1]) : -1;
    const int low = pair ? HexDigit(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// What follows charset'language'; all of it without the two quotes.
std::string_view WithoutCharset(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == text.npos ? first : text.find('\'', first + 1);
  return second == text.npos ? text : text.substr(second + 1);
}

// Some clients take them for quotes.
std::string_view WithoutSingleQuotes(std::string_view text) {
  const bool quoted = text.size() > 2 && text.front() == '\'' && text.back() == '\'';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// charset'language'text; without the two quotes it is all text.
std::string DecodeExtended(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos) return ToUtf8(DecodePercent(text), {});
  return ToUtf8(DecodePercent(text.substr(second + 1)), text.substr(0, first));
}

// ASCII as two or three bytes of UTF-8, which careless decoders take.
std::string WithOverlong(std::string_view text) {
  std::string plain;
  const auto at = [&](std::size_t i) { return i < text.size() ? text[i] & 0xFF : 0; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t skipped = at(i) == 0xE0 && at(i + 1) < 0xA0 ? 1 : 0;
    const int lead = skipped == 1 ? at(i + 1) - 0x80 + 0xC0 : at(i);
    const int last = at(i + skipped + 1);
    const bool overlong = (lead == 0xC0 || lead == 0xC1) && (last & 0xC0) == 0x80;
    plain += overlong ? static_cast<char>((lead & 1) << 6 | (last & 0x3F)) : text[i];
    if (overlong) i += skipped + 1;
  }
  return plain;
}

class Names {
 public:
  void AddPlain(std::string_view text);
  void AddExtended(std::string_view text) {
    Add(DecodeExtended(text));
    // Who looks for one quote alone.
    const auto quote = text.rfind('\'');
    if (quote != text.npos) {
      const std::string decoded = DecodePercent(text.substr(quote + 1));
      Add(ToUtf8(decoded, {}));
      if (const std::string lax = WithOverlong(decoded); lax != decoded) Add(ToUtf8(lax, {}));
    }
    AddPlain(text);  // who does not know RFC 2231
  }
  std::vector<std::string> Take(bool* truncated) {
    if (truncated) *truncated = truncated_;
    return std::move(names_);
  }

 private:
  void Add(std::string_view name);

  std::vector<std::string> names_;
  bool truncated_ = false;
};

void Names::Add(std::string_view name) {
  if (std::ranges::find(names_, name) != names_.end()) return;
  truncated_ = truncated_ || names_.size() >= kMostNames;
  if (!truncated_) names_.emplace_back(name);
  // Programs written in C end at a NUL.
  if (const auto nul = name.find('\0'); nul != std::string_view::npos) Add(name.substr(0, nul));
}

void Names::AddPlain(std::string_view text) {
  Add(ToUtf8(text, {}));
  if (const std::string lax = WithOverlong(text); lax != text) Add(ToUtf8(lax, {}));
  if (text.find("=?") != std::string_view::npos) {
    const std::string decoded = mail::DecodeEncodedWords(text);
    Add(ToUtf8(decoded, {}));
    // Who does not insist on the end.
    if (decoded == text) Add(ToUtf8(mail::DecodeEncodedWords(std::string(text) + "?="), {}));
    // Of all charsets for such words the one that hides ASCII.
    if (decoded.find('+') != std::string::npos) Add(ToUtf8(decoded, "utf-7"));
  }
  if (text.find('%') == std::string_view::npos) return;
  const std::string decoded = DecodePercent(text);
  Add(ToUtf8(decoded, {}));
  if (const std::string lax = WithOverlong(decoded); lax != decoded) Add(ToUtf8(lax, {}));
}

using Pieces = std::vector<const Parameter*>;

// The pieces' first readings behind each other. The first piece alone has a charset.
void AddPieces(const Pieces& pieces, Names& names) {
  if (pieces.empty()) return;
  std::string raw, plain, charset;
  for (const Parameter* const piece : pieces) {
    std::string_view text = piece->readings.front();
    raw += text;
    if (piece == pieces.front() && piece->extended) {
      const auto first = text.find('\'');
      const auto second = first == text.npos ? first : text.find('\'', first + 1);
      if (second != text.npos) {
        charset = text.substr(0, first);
        text.remove_prefix(second + 1);
      }
    }
    plain += piece->extended ? DecodePercent(text) : std::string(text);
  }
  names.AddPlain(ToUtf8(plain, charset));
  names.AddPlain(raw);
}

Pieces PiecesOf(const StructuredValue& value, std::string_view name) {
  Pieces pieces;
  for (const Parameter& parameter : value.parameters) {
    if (parameter.name == name && parameter.section >= 0) pieces.push_back(&parameter);
  }
  return pieces;
}

// As they stand; by number; by number up to the first that is missing.
void AddAllPieces(Pieces pieces, Names& names) {
  AddPieces(pieces, names);
  std::ranges::stable_sort(pieces, {}, [](const Parameter* piece) { return piece->section; });
  AddPieces(pieces, names);
  int expected = 0;
  const auto gap = std::ranges::find_if(
      pieces, [&](const Parameter* piece) { return piece->section != expected++; });
  AddPieces({pieces.begin(), gap}, names);
}

}  // namespace

StructuredValue ParseStructuredValue(std::string_view value) {
  StructuredValue parsed;
  const std::size_t begin = FindParameters(value);
  std::string token = WithoutComments(value.substr(0, begin));
  std::erase_if(token, [](char c) { return kBlanks.find(c) != std::string_view::npos; });
  parsed.token = base::ToLower(token);
  Lexer lexer(value.substr(begin));
  parsed.malformed = !lexer.done() && !lexer.StandsAt(';');
  while (!lexer.done()) {
    if (lexer.StandsAt(';')) lexer.Skip(1);
    lexer.SkipComments();
    const std::string_view written = lexer.TakeUntil("=:;");
    Parameter parameter{base::ToLower(Trim(WithoutComments(written))), -1, false, {}};
    if (lexer.done() || lexer.StandsAt(';')) {
      TakeStray(Trim(written), parsed);
      continue;
    }
    parsed.malformed = parsed.malformed || lexer.StandsAt(':');
    lexer.Skip(1);
    parameter.readings = lexer.TakeReadings(parsed.malformed);
    TakeSection(parameter);
    parsed.cut = parsed.parameters.size() >= kMostParameters;
    if (parsed.cut) break;
    parsed.parameters.push_back(std::move(parameter));
  }
  return parsed;
}

std::vector<std::string> Readings(const StructuredValue& value, std::string_view name,
                                  bool* truncated) {
  Names names;
  for (const Parameter& parameter : value.parameters) {
    if (parameter.name != name || parameter.section >= 0) continue;
    for (const std::string& reading : parameter.readings) {
      parameter.extended ? names.AddExtended(reading) : names.AddPlain(reading);
    }
  }
  AddAllPieces(PiecesOf(value, name), names);
  return names.Take(truncated);
}

std::vector<std::string> RawReadings(const StructuredValue& value, std::string_view name) {
  std::vector<std::string> raw;
  std::string joined, decoded;
  for (const Parameter& parameter : value.parameters) {
    if (parameter.name != name) continue;
    if (parameter.section >= 0) {
      const std::string& piece = parameter.readings.front();
      joined += piece;
      decoded += parameter.extended ? DecodePercent(WithoutCharset(piece)) : piece;
      continue;
    }
    for (const std::string& reading : parameter.readings) {
      AddOnce(raw, reading);
      AddOnce(raw, WithoutSingleQuotes(reading));
      if (parameter.extended) AddOnce(raw, DecodePercent(WithoutCharset(reading)));
    }
  }
  if (!joined.empty()) AddOnce(raw, joined);
  if (!joined.empty()) AddOnce(raw, decoded);
  return raw;
}

}  // namespace gatepost::mime
