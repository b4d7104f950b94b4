#include "milters/attachments/scanner/xml_tags.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kLongestEntity = 12;

constexpr std::array<std::pair<std::string_view, char>, 9> kEntities{{{"amp", '&'},
                                                                      {"lt", '<'},
                                                                      {"gt", '>'},
                                                                      {"quot", '"'},
                                                                      {"apos", '\''},
                                                                      {"colon", ':'},
                                                                      {"Tab", '\t'},
                                                                      {"NewLine", '\n'},
                                                                      {"nbsp", ' '}}};

std::optional<char> NumericEntity(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  if (hex) digits.remove_prefix(1);
  unsigned value = 0;
  const auto result =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) return std::nullopt;
  return value < 0x100 ? static_cast<char>(value) : '?';
}

std::optional<char> Entity(std::string_view name) {
  if (name.starts_with('#')) return NumericEntity(name.substr(1));
  for (const auto& [known, character] : kEntities) {
    if (name == known) return character;
  }
  return std::nullopt;
}

std::string_view WithoutPrefix(std::string_view name) { return name.substr(name.rfind(':') + 1); }

bool EndsName(char c) { return base::IsMailSpace(c) || c == '=' || c == '/' || c == '>'; }

// Takes `name="value"` from the beginning of `text`; the value is empty where there is none.
struct Pair {
  std::string_view name;
  std::string_view value;
};
Pair TakeAttribute(std::string_view& text) {
  text = base::Trim(text);
  std::size_t end = 0;
  while (end < text.size() && !EndsName(text[end])) ++end;
  Pair pair{text.substr(0, end), {}};
  text = base::Trim(text.substr(end));
  if (!text.starts_with('=')) {
    if (end == 0 && !text.empty()) text.remove_prefix(1);
    return pair;
  }
  text = base::Trim(text.substr(1));
  const char quote = text.empty() ? ' ' : text[0];
  if (quote != '"' && quote != '\'') {
    const std::size_t stop = std::min(text.find_first_of(" \t\r\n"), text.size());
    pair.value = text.substr(0, stop);
    text.remove_prefix(stop);
    return pair;
  }
  const std::size_t stop = text.find(quote, 1);
  pair.value = text.substr(1, stop == text.npos ? text.npos : stop - 1);
  text = stop == text.npos ? std::string_view() : text.substr(stop + 1);
  return pair;
}

// The end of a tag: ">" outside quotation marks.
std::size_t TagEnd(std::string_view text) {
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return text.size();
}

}  // namespace

std::string OneByteText(std::string_view text) {
  const bool big = text.starts_with("\xFE\xFF");
  if (!big && !text.starts_with("\xFF\xFE")) return std::string(text);
  std::string plain;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    const char high = text[big ? at : at + 1], low = text[big ? at + 1 : at];
    plain += high == 0 ? low : '?';
  }
  return plain;
}

std::string DecodeEntities(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('&'), text.size());
    decoded += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty()) break;
    const std::size_t end = text.substr(0, kLongestEntity).find(';');
    const auto character = end == text.npos ? std::nullopt : Entity(text.substr(1, end - 1));
    decoded += character.value_or('&');
    text.remove_prefix(character ? end + 1 : 1);
  }
  return decoded;
}

bool XmlTags::Next() {
  const std::size_t open = rest_.find('<');
  if (open == rest_.npos) return false;
  text_before_ = rest_.substr(0, open);
  rest_.remove_prefix(open + 1);
  if (rest_.starts_with("!--")) {
    const std::size_t end = rest_.find("-->");
    rest_ = end == rest_.npos ? std::string_view() : rest_.substr(end + 3);
    name_ = attributes_ = {};
    return true;
  }
  is_end_ = rest_.starts_with('/');
  const std::size_t end = TagEnd(rest_);
  std::string_view tag = rest_.substr(is_end_ ? 1 : 0, end - (is_end_ ? 1 : 0));
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  std::size_t name_end = 0;
  while (name_end < tag.size() && !EndsName(tag[name_end])) ++name_end;
  name_ = WithoutPrefix(tag.substr(0, name_end));
  attributes_ = tag.substr(name_end);
  return true;
}

std::string XmlTags::Attribute(std::string_view name) const {
  for (std::string_view rest = attributes_; !rest.empty();) {
    const Pair pair = TakeAttribute(rest);
    if (WithoutPrefix(pair.name) == name) return DecodeEntities(pair.value);
  }
  return {};
}

}  // namespace gatepost::attachments
