#include "common/config/table_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/config/complaints.h"
#include "common/config/config_error.h"
#include "common/config/regular_file.h"

namespace gatepost::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// One look-up a byte: a table may have millions of them.
constexpr std::array<bool, 256> MakeEndsFieldTable() {
  std::array<bool, 256> ends{};
  for (std::size_t c = 0; c <= 0x20; ++c) ends[c] = true;
  ends[0x7f] = true;
  return ends;
}
constexpr auto kEndsField = MakeEndsFieldTable();
constexpr bool EndsField(char c) { return kEndsField[static_cast<unsigned char>(c)]; }

// The fields of one line, in storage that is used for all lines.
class LineFields {
 public:
  // What is wrong with the line, or nothing.
  std::optional<std::string> Split(std::string_view line) {
    count_ = 0;
    for (std::size_t at = 0;;) {
      while (at < line.size() && IsBlank(line[at])) ++at;
      if (at == line.size() || line[at] == '#') return std::nullopt;
      const std::size_t start = at;
      while (at < line.size() && !EndsField(line[at])) ++at;
      if (at < line.size() && !IsBlank(line[at])) return "holds a control character";
      if (count_ == fields_.size()) return "has more than 64 fields";
      fields_[count_++] = line.substr(start, at - start);
    }
  }
  std::span<const std::string_view> fields() const { return {fields_.data(), count_}; }

 private:
  std::array<std::string_view, TableFile::kMostFields> fields_;
  std::size_t count_ = 0;
};

// Takes the next line off the front of `rest`, without its end (LF or CRLF).
std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

TableFile TableFile::Load(const std::string& path, std::size_t max_bytes) {
  auto text = ReadRegularFile(path, max_bytes);
  if (!text) throw ConfigError(path + ": " + text.error().message);
  return {*std::move(text), path};
}

TableFile::TableFile(std::string text, std::string name)
    : text_(std::make_shared<const std::string>(std::move(text))), name_(std::move(name)) {}

void TableFile::ForEachRow(const Visit& visit) const {
  Complaints complaints(name_);
  LineFields fields;
  std::string_view rest = *text_;
  if (rest.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    rest.remove_prefix(kByteOrderMark.size());
  }
  for (std::size_t number = 1; !rest.empty() && !complaints.full(); ++number) {
    auto wrong = fields.Split(TakeLine(rest));
    if (!wrong && !fields.fields().empty()) wrong = visit({number, fields.fields()});
    if (wrong) complaints.Add({number, 0}, *std::move(wrong));
  }
  complaints.ThrowIfAny();
}

}  // namespace gatepost::config
