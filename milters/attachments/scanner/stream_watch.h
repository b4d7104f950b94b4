// What is watched while it streams by, by what a file is: pages for scripts, text of spreadsheets
// for cells that start programs; all else costs nothing. One thread at a time.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "milters/attachments/content_type.h"
#include "milters/attachments/property.h"
#include "milters/attachments/scanner/cell_watch.h"
#include "milters/attachments/scanner/html_watch.h"

namespace gatepost::attachments {

class StreamWatch {
 public:
  // Watches nothing.
  StreamWatch() = default;
  StreamWatch(const ContentType& type, const std::vector<std::string>& names,
              const std::vector<std::string>& declared_types);

  bool watches() const { return !std::holds_alternative<std::monostate>(watch_); }
  void Feed(std::span<const std::byte> piece);
  // Of all that was fed.
  Properties Finish();

 private:
  std::variant<std::monostate, HtmlWatch, CellWatch> watch_;
};

}  // namespace gatepost::attachments
