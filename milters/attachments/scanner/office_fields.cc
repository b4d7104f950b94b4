#include "milters/attachments/scanner/office_fields.h"

#include <string>

#include "common/base/strings.h"
#include "milters/attachments/scanner/xml_tags.h"

namespace gatepost::attachments {
namespace {

// The fields' codes of a part, each after a blank.
constexpr std::size_t kMostCodes = 256 << 10;

std::string FieldCodes(std::string_view xml) {
  std::string codes;
  XmlTags tags(xml);
  while (tags.Next() && codes.size() < kMostCodes) {
    if (tags.name() == "instrText" && tags.is_end()) codes += DecodeEntities(tags.text_before());
    if (tags.is_end()) continue;
    if (tags.name() == "fldChar" && tags.Attribute("fldCharType") == "begin") codes += ' ';
    if (tags.name() == "fldSimple") codes += ' ' + tags.Attribute("instr") + ' ';
  }
  return codes;
}

bool IsWordEnd(std::string_view text, std::size_t at) {
  return at >= text.size() ||
         !(base::IsAsciiAlpha(text[at]) || base::IsAsciiDigit(text[at]) || text[at] == '_');
}

bool HasExchangeWord(std::string_view lower) {
  for (std::size_t at = lower.find("dde"); at != lower.npos; at = lower.find("dde", at + 1)) {
    const std::size_t end = lower.substr(at).starts_with("ddeauto") ? at + 7 : at + 3;
    if ((at == 0 || IsWordEnd(lower, at - 1)) && IsWordEnd(lower, end)) return true;
  }
  return false;
}

// "quote 68 68 69" as "dde": each number a character, whatever else is left out.
std::string QuotedNumbers(std::string_view lower) {
  std::string text;
  for (std::size_t at = lower.find("quote"); at != lower.npos; at = lower.find("quote", at + 1)) {
    text += ' ';
    unsigned value = 0;
    for (std::size_t i = at + 5; i <= lower.size(); ++i) {
      const char c = i < lower.size() ? lower[i] : '\0';
      if (base::IsAsciiDigit(c)) {
        value = (value * 10 + static_cast<unsigned>(c - '0')) & 0xFFFF;
        continue;
      }
      if (value > 0) text += static_cast<char>(value < 0x80 ? value : '?');
      value = 0;
      if (!base::IsMailSpace(c)) break;
    }
  }
  return base::ToLower(text);
}

}  // namespace

bool IsExchangeCode(std::string_view code) {
  const std::string lower = base::ToLower(code);
  return HasExchangeWord(lower) || HasExchangeWord(QuotedNumbers(lower));
}

bool HasExchangeField(std::string_view document_xml) {
  return IsExchangeCode(FieldCodes(document_xml));
}

}  // namespace gatepost::attachments
