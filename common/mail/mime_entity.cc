#include "common/mail/mime_entity.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::mail {
namespace {

constexpr std::size_t kMaxParameters = 20;
constexpr std::size_t kMaxBoundaryBytes = 200;  // RFC 2046 section 5.1.1 allows 70

std::string_view TakeToken(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && IsTokenByte(text[size])) ++size;
  const std::string_view token = text.substr(0, size);
  text.remove_prefix(size);
  return token;
}

// A quoted string or a token.
std::string TakeValue(std::string_view& text) {
  if (!text.starts_with('"')) return std::string(TakeToken(text));
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return value;
}

// The white space before, the sign, the white space after; false where the sign is not there.
bool TakeSign(std::string_view& text, char sign) {
  const std::string_view rest = base::Trim(text);
  if (!rest.starts_with(sign)) return false;
  text = base::Trim(rest.substr(1));
  return true;
}

// "--boundary" with nothing but white space or "--" behind it.
enum class LineKind { kOther, kBoundary, kLastBoundary };
LineKind Classify(std::string_view line, std::string_view boundary) {
  if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) return LineKind::kOther;
  const std::string_view rest = base::Trim(line.substr(2 + boundary.size()));
  if (rest.empty()) return LineKind::kBoundary;
  return rest == "--" ? LineKind::kLastBoundary : LineKind::kOther;
}

bool IsFolded(std::string_view header) {
  return header.starts_with(' ') || header.starts_with('\t');
}

}  // namespace

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Entity SplitEntity(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t at = text.size() - rest.size();
    if (TakeLine(rest).empty()) return {text.substr(0, at), rest};
  }
  return {text, {}};
}

EntityField TakeField(std::string_view& header) {
  const auto parts = base::SplitOnce(TakeLine(header), ':');
  EntityField field;
  if (parts) {
    field.name = base::Trim(parts->first);
    field.value = base::Trim(parts->second);
  }
  while (IsFolded(header)) field.value.append(" ").append(base::Trim(TakeLine(header)));
  return field;
}

std::string FindField(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    EntityField field = TakeField(header);
    if (base::EqualsIgnoreCase(field.name, name)) return std::move(field.value);
  }
  return {};
}

std::string_view ContentType::Parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

ContentType ParseContentType(std::string_view value) {
  ContentType result;
  value = base::Trim(value);
  result.type = base::ToLower(TakeToken(value));
  if (!TakeSign(value, '/')) return result;
  result.type += '/' + base::ToLower(TakeToken(value));
  while (TakeSign(value, ';') && result.parameters.size() < kMaxParameters) {
    std::string name = base::ToLower(TakeToken(value));
    if (name.empty() || !TakeSign(value, '=')) break;
    result.parameters.emplace_back(std::move(name), TakeValue(value));
  }
  return result;
}

std::vector<std::string_view> SplitParts(std::string_view body, std::string_view boundary,
                                         std::size_t most) {
  std::vector<std::string_view> parts;
  if (boundary.empty() || boundary.size() > kMaxBoundaryBytes) return parts;
  const char* begin = nullptr;
  while (parts.size() < most) {
    const char* const line_begin = body.data();
    const bool at_end = body.empty();
    const auto kind = at_end ? LineKind::kLastBoundary : Classify(TakeLine(body), boundary);
    if (kind == LineKind::kOther) continue;
    if (begin) parts.emplace_back(begin, static_cast<std::size_t>(line_begin - begin));
    if (kind == LineKind::kLastBoundary) break;
    begin = body.data();
  }
  return parts;
}

}  // namespace gatepost::mail
