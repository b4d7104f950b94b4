#include "milters/attachments/scanner/exchange_formula.h"

#include <algorithm>
#include <string>

#include "common/base/strings.h"
#include "milters/attachments/scanner/remote_target.h"

namespace gatepost::attachments {
namespace {

bool IsWordCharacter(char c) {
  return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '_' || c == '.';
}

// A program's name, "|", a topic in quotation marks or a word, "!".
bool AsksProgram(std::string_view lower) {
  for (std::size_t at = lower.find('|'); at != lower.npos; at = lower.find('|', at + 1)) {
    if (at < 2 || !(IsWordCharacter(lower[at - 1]) || lower[at - 1] == '\'')) continue;
    std::size_t end = at + 1;
    if (end < lower.size() && lower[end] == '\'') {
      end = std::min(lower.find('\'', end + 1), lower.size() - 1) + 1;
    } else {
      while (end < lower.size() && IsWordCharacter(lower[end])) ++end;
    }
    if (end > at + 1 && end + 1 < lower.size() && lower[end] == '!') return true;
  }
  return false;
}

// "dde(" of LibreOffice, where it is not the end of another function's name.
bool CallsExchange(std::string_view lower) {
  const std::size_t at = lower.find("dde(");
  return at != lower.npos && at > 0 && !IsWordCharacter(lower[at - 1]);
}

// What hyperlink("...") opens, where that is no page.
bool LinksToProgram(std::string_view lower) {
  constexpr std::string_view kLink = "hyperlink(";
  const std::size_t at = lower.find(kLink);
  if (at == lower.npos) return false;
  std::string_view target = base::Trim(lower.substr(at + kLink.size()));
  const std::size_t begin = target.find_first_not_of('"');
  if (begin == 0 || begin == target.npos) return false;
  target = target.substr(begin, target.find('"', begin) - begin);
  return IsProgramTarget(target);
}

}  // namespace

bool IsExchangeFormula(std::string_view cell) {
  const std::size_t begin = cell.find_first_not_of(" \t\"'");
  if (begin == cell.npos || std::string_view("=+-@").find(cell[begin]) == cell.npos) return false;
  const std::string lower = base::ToLower(cell.substr(begin));
  return AsksProgram(lower) || CallsExchange(lower) || LinksToProgram(lower);
}

}  // namespace gatepost::attachments
