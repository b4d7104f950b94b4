// A large table that the configuration names (domains, keys, users): one entry a line, its fields
// between blanks or tabs, "#" comments. Not TOML, which would take 80 MB for 100,000 entries.
// Read at start and reload, by one thread; the text may then be shared by all.
//
//   const TableFile table = TableFile::Load("/etc/gatepost/keys.table");
//   table.ForEachRow([&](const TableRow& row) -> std::optional<std::string> {
//     if (row.fields.size() != 3) return "needs a domain, a selector and a key file";
//     ...
//     return std::nullopt;
//   });
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatepost::config {

struct TableRow {
  std::size_t line = 0;  // from 1
  // At least one. The views point into the table's text and live as long as it; the span itself
  // only during the visit.
  std::span<const std::string_view> fields;
};

class TableFile {
 public:
  static constexpr std::size_t kDefaultMaxBytes = std::size_t{64} << 20;
  static constexpr std::size_t kMostFields = 64;

  // The whole file, a regular one of at most `max_bytes`; else throws ConfigError.
  static TableFile Load(const std::string& path, std::size_t max_bytes = kDefaultMaxBytes);
  // `name` stands before each complaint.
  TableFile(std::string text, std::string name);

  // What is wrong with the row, or nothing.
  using Visit = std::function<std::optional<std::string>(const TableRow&)>;
  // Visits each row that is well-formed, in order; lines that are blank or comments are none. Then
  // throws ConfigError, one line per complaint of `visit` and per malformed line, each
  // `keys.table:12: text`. A "#" begins a comment where a field could begin, so one within a field
  // is text.
  void ForEachRow(const Visit& visit) const;

  // Whoever keeps this may keep views of the fields.
  const std::shared_ptr<const std::string>& text() const { return text_; }
  const std::string& name() const { return name_; }

 private:
  std::shared_ptr<const std::string> text_;
  std::string name_;
};

}  // namespace gatepost::config
