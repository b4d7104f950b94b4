#include "common/config/toml_document.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/strings.h"
#include "common/config/tomlplusplus.h"

namespace gatepost::config {
namespace {

constexpr std::size_t kLongestLine = 16'384;
constexpr std::size_t kLongestShown = 64;
constexpr std::size_t kLongestDescription = 256;

constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Position PositionOf(const toml::source_position& at) { return {at.line, at.column}; }

Value::Kind KindOf(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return Value::Kind::kTable;
    case toml::node_type::array:
      return Value::Kind::kList;
    case toml::node_type::string:
      return Value::Kind::kText;
    case toml::node_type::integer:
      return Value::Kind::kInteger;
    case toml::node_type::floating_point:
      return Value::Kind::kFraction;
    case toml::node_type::boolean:
      return Value::Kind::kFlag;
    default:
      return Value::Kind::kMoment;
  }
}

Value ConvertScalar(const toml::node& node) {
  Value value;
  value.kind = KindOf(node);
  value.at = PositionOf(node.source().begin);
  if (const auto* flag = node.as_boolean()) value.flag = flag->get();
  if (const auto* integer = node.as_integer()) value.integer = integer->get();
  if (const auto* text = node.as_string()) value.text = text->get();
  return value;
}

Value ConvertWithItems(const toml::node& node) {
  Value value = ConvertScalar(node);
  if (const toml::array* array = node.as_array()) {
    value.items.reserve(array->size());
    for (const toml::node& item : *array) value.items.push_back(ConvertScalar(item));
  }
  return value;
}

template <class Convert>
std::vector<Entry> ConvertTable(const toml::table& table, Convert convert) {
  std::vector<Entry> entries;
  entries.reserve(table.size());
  for (const auto& [key, node] : table) {
    entries.push_back({std::string(key.str()), PositionOf(key.source().begin), convert(node)});
  }
  // toml++ sorts by key; people read from the top.
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.at < b.at; });
  return entries;
}

Value ConvertTop(const toml::node& node) {
  Value value = ConvertWithItems(node);
  if (const toml::table* section = node.as_table()) {
    value.entries = ConvertTable(*section, ConvertWithItems);
  }
  return value;
}

bool LinesAreShort(std::string_view text, Complaints& complaints) {
  std::size_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > kLongestLine) {
      complaints.Add({number, 0},
                     "the line is longer than 16,384 bytes; a list may go over several");
      return false;
    }
    start = end + 1;
  }
  return true;
}

// What toml++ says of the mistakes that people make most, and what they need to hear.
struct CommonMistake {
  std::string_view description;
  std::string_view advice;
};
constexpr CommonMistake kCommonMistakes[] = {
    {"value type", "; text, and a number with a unit, stands in quotes"},
    {"expected digit", "; text, and a number with a unit, stands in quotes"},
    {"unescaped control characters", "; is the closing quote missing?"},
    {"unknown escape", "; a backslash is written twice, or the text between single quotes"},
};

// "cannot redefine existing integer 'key'" in our words.
std::optional<std::string> DuplicateComplaint(std::string_view description) {
  const std::size_t at = description.find("cannot redefine existing ");
  const std::size_t quote = description.find('\'', at);
  if (at == std::string_view::npos || quote == std::string_view::npos) return std::nullopt;
  std::string_view name = description.substr(quote + 1);
  if (!name.empty() && name.back() == '\'') name.remove_suffix(1);
  return QuoteForMessage(name) + " is given twice";
}

// Where the assertion about "[" failed, which tells no position: the first line that begins with a
// bracket and no name. The whole file, should there be none.
Position FindNamelessSection(std::string_view text) {
  static constexpr std::string_view kBlanks = " \t";
  std::size_t number = 0;
  for (const std::string_view line : base::Split(text, '\n')) {
    ++number;
    const std::size_t bracket = line.find_first_not_of(kBlanks);
    if (bracket == std::string_view::npos || line[bracket] != '[') continue;
    const std::size_t name = std::min(line.find_first_not_of(" \t[", bracket), line.size());
    const char c = name < line.size() ? line[name] : '\n';
    const bool is_name = base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '_' || c == '-' ||
                         c == '"' || c == '\'';
    if (!is_name) return {number, bracket + 1};
  }
  return {};
}

std::string SyntaxComplaint(std::string_view description) {
  static constexpr std::string_view kPrefix = "Error while parsing ";
  if (auto duplicate = DuplicateComplaint(description)) return *duplicate;
  const bool prefixed = description.substr(0, kPrefix.size()) == kPrefix;
  std::string text = prefixed ? "syntax error in " : "syntax error: ";
  text += description.substr(prefixed ? kPrefix.size() : 0, kLongestDescription);
  std::replace_if(text.begin(), text.end(), IsControl, '?');
  for (const auto& [words, advice] : kCommonMistakes) {
    if (description.find(words) != std::string_view::npos) return text.append(advice);
  }
  return text;
}

void AppendEscaped(std::string& quoted, char c) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    quoted.append(1, '\\').append(1, c);
  } else if (c == '\n') {
    quoted += "\\n";
  } else if (c == '\t') {
    quoted += "\\t";
  } else if (IsControl(c)) {
    quoted.append("\\u00").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  } else {
    quoted += c;
  }
}

}  // namespace

std::vector<Entry> ParseToml(std::string_view text, Complaints& complaints) {
  if (!LinesAreShort(text, complaints)) return {};
  try {
    return ConvertTable(toml::parse(text, std::string_view()), ConvertTop);
  } catch (const toml::parse_error& error) {
    complaints.Add(PositionOf(error.source().begin), SyntaxComplaint(error.description()));
  } catch (const TomlAssertionFailed&) {
    complaints.Add(FindNamelessSection(text),
                   "syntax error in table header: the name of a section must follow the bracket");
  }
  return {};
}

std::string Describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kFlag:
      return value.flag ? "true" : "false";
    case Value::Kind::kInteger:
      return "the number " + std::to_string(value.integer);
    case Value::Kind::kFraction:
      return "a fraction";
    case Value::Kind::kText:
      return "the text " + QuoteForMessage(value.text);
    case Value::Kind::kMoment:
      return "a date or time";
    case Value::Kind::kList:
      return "a list";
    case Value::Kind::kTable:
      return "a section";
  }
  return "";
}

std::string QuoteToml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) AppendEscaped(quoted, c);
  return quoted + '"';
}

std::string QuoteForMessage(std::string_view text) {
  if (text.size() <= kLongestShown) return QuoteToml(text);
  std::size_t end = kLongestShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return QuoteToml(std::string(text.substr(0, end)) + "...");
}

}  // namespace gatepost::config
