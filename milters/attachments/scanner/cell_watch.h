// Text that spreadsheets open (CSV, SYLK): watched as it streams by, for cells that start programs.
// One thread at a time; bounded memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milters/attachments/content_type.h"
#include "milters/attachments/property.h"

namespace gatepost::attachments {

// kDynamicExchange: a formula that starts a program (exchange_formula.h). kAutoMacro: a name by
// which SYLK's macros run.
class CellWatch {
 public:
  void Feed(std::span<const std::byte> piece);
  // Of all that was fed.
  Properties Finish();

 private:
  void CellEnds();
  std::size_t SkipCell(std::string_view text, std::size_t at);

  std::string cell_;  // its beginning
  bool quoted_ = false;
  bool begun_ = false;
  bool skips_ = false;  // nothing that begins so is of interest
  Properties properties_;
};

// Text that is opened in a spreadsheet, by one of its names or declared types.
bool IsCellText(const ContentType& type, const std::vector<std::string>& names,
                const std::vector<std::string>& declared_types);

}  // namespace gatepost::attachments
