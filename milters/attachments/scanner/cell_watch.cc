#include "milters/attachments/scanner/cell_watch.h"

#include <algorithm>
#include <array>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/exchange_formula.h"
#include "milters/attachments/scanner/file_kind.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kMostCell = 512;

constexpr bool EndsCell(char c) {
  return c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r';
}

// What a formula or SYLK's record of a name begins with.
constexpr bool BeginsFormula(char c) {
  return c == '=' || c == '+' || c == '-' || c == '@' || c == 'N' || c == 'K' || c == 'E';
}

constexpr bool IsBefore(char c) { return c == ' ' || c == '"' || c == '\'' || c == '\0'; }

bool IsAutoName(std::string_view cell) {
  return base::StartsWithIgnoreCase(cell, "NAuto_") || base::StartsWithIgnoreCase(cell, "NNAuto_");
}

}  // namespace

bool IsCellText(const ContentType& type, const std::vector<std::string>& names,
                const std::vector<std::string>& declared_types) {
  if (type.kind != Kind::kText) return false;
  constexpr std::array kExtensions{".csv", ".tsv", ".tab", ".slk", ".dif", ".prn", ".xls"};
  constexpr std::array<std::string_view, 3> kTypes{"text/csv", "text/tab-separated-values",
                                                   "application/vnd.ms-excel"};
  return std::ranges::any_of(kExtensions, [&](auto end) { return HasExtension(names, end); }) ||
         std::ranges::any_of(kTypes, [&](std::string_view known) {
           return std::ranges::find(declared_types, known) != declared_types.end();
         });
}

// A cell whose beginning is of no interest ends without being looked at.
std::size_t CellWatch::SkipCell(std::string_view text, std::size_t at) {
  while (at < text.size() && !EndsCell(text[at])) ++at;
  return at;
}

void CellWatch::CellEnds() {
  if (!skips_ && !cell_.empty()) {
    if (IsExchangeFormula(cell_)) properties_.Add(Property::kDynamicExchange);
    if (cell_.starts_with('K') || cell_.starts_with('E')) {
      const bool asks = IsExchangeFormula("=" + cell_.substr(1));
      if (asks) properties_.Add(Property::kDynamicExchange);
    }
    if (IsAutoName(cell_)) properties_.Add({Property::kMacro, Property::kAutoMacro});
  }
  cell_.clear();
  begun_ = skips_ = quoted_ = false;
}

void CellWatch::Feed(std::span<const std::byte> piece) {
  const std::string_view text = AsText(piece);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (skips_) {
      at = SkipCell(text, at);
      if (at == text.size()) return;
    }
    const char c = text[at];
    // Within quotation marks, only the end of the line ends a formula.
    if (EndsCell(c) && !(quoted_ && c != '\n' && c != '\r')) {
      CellEnds();
    } else if (!begun_ && IsBefore(c)) {
      quoted_ = quoted_ || c == '"';
    } else {
      if (!begun_ && !BeginsFormula(c)) skips_ = true;
      begun_ = true;
      if (c != '\0' && cell_.size() < kMostCell) cell_ += c;
    }
  }
}

Properties CellWatch::Finish() {
  CellEnds();
  return properties_;
}

}  // namespace gatepost::attachments
