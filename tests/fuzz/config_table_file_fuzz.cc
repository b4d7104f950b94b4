// A table file: every field is a view into the text, not empty and free of blanks, and lines rise.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/config/config_error.h"
#include "common/config/table_file.h"

namespace {

using gatepost::config::TableFile;
using gatepost::config::TableRow;

void Require(bool condition) {
  if (!condition) std::abort();
}

class RowChecker {
 public:
  explicit RowChecker(const std::string& text) : text_(text) {}

  std::optional<std::string> operator()(const TableRow& row) {
    Require(row.line > last_line_ && !row.fields.empty());
    last_line_ = row.line;
    for (const std::string_view field : row.fields) CheckField(field);
    return row.fields.front() == "bad" ? std::optional<std::string>("bad row") : std::nullopt;
  }

 private:
  void CheckField(std::string_view field) const {
    Require(field.data() >= text_.data() && !field.empty());
    Require(field.data() + field.size() <= text_.data() + text_.size());
    Require(field.front() != '#' && field.find_first_of(" \t\r\n") == field.npos);
  }

  const std::string& text_;
  std::size_t last_line_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const TableFile table(std::string(reinterpret_cast<const char*>(data), size), "table");
  try {
    table.ForEachRow(RowChecker(*table.text()));
  } catch (const gatepost::config::ConfigError& error) {
    Require(std::string_view(error.what()).substr(0, 6) == "table:");
  }
  return 0;
}
