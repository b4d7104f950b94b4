#include "common/report/row_text.h"

#include <algorithm>
#include <charconv>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::report {
namespace {

bool IsPlain(char c) { return c >= ' ' && c <= '~'; }

// One well-formed character that a report may hold.
bool Stays(std::string_view character) {
  if (character.size() == 1) return !mail::IsControl(character[0]);
  if (character.size() == 2 && character[0] == '\xc2') return character[1] >= '\xa0';  // C1
  return character != "\xef\xbf\xbe" && character != "\xef\xbf\xbf";  // U+FFFE, U+FFFF
}

}  // namespace

std::string Clean(std::string_view text, std::size_t max_bytes) {
  const auto kept = text.substr(0, max_bytes);
  if (std::ranges::all_of(kept, IsPlain)) return std::string(kept);
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = mail::Utf8Length(text, at);
    const auto character = length == 0 ? std::string_view("?") : text.substr(at, length);
    at += character.size();
    if (!Stays(character)) continue;
    if (clean.size() + character.size() > max_bytes) break;
    clean.append(character);
  }
  return clean;
}

RowReader::RowReader(std::string_view text) {
  good_ = text.size() <= kMaxRowBytes;
  if (good_) values_ = base::Split(text, '\t');
}

std::string_view RowReader::Next() {
  good_ = good_ && next_ < values_.size();
  return good_ ? values_[next_++] : std::string_view();
}

void RowReader::Text(std::string& value, std::size_t max_bytes) {
  const std::string_view read = Next();
  value = Clean(read, max_bytes);
  good_ = good_ && value == read;
}

void RowReader::Flag(bool& value) {
  const std::string_view read = Next();
  value = read == "1";
  good_ = good_ && (value || read == "0");
}

std::size_t RowReader::Count(std::size_t most) {
  const std::string_view read = Next();
  std::size_t count = 0;
  std::from_chars(read.data(), read.data() + read.size(), count);
  good_ = good_ && count <= most && std::to_string(count) == read;
  return good_ ? count : 0;
}

}  // namespace gatepost::report
