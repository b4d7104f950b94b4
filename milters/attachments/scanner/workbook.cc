#include "milters/attachments/scanner/workbook.h"

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

enum Record : unsigned {
  kEof = 0x0A,
  kName = 0x18,
  kName34 = 0x218,
  kFilePass = 0x2F,
  kBoundSheet = 0x85,
  kSupBook = 0x1AE,
  kBof2 = 0x09,
  kBof3 = 0x209,
  kBof4 = 0x409,
  kBof = 0x809,
};

bool IsBof(unsigned id) { return id == kBof || id == kBof2 || id == kBof3 || id == kBof4; }

bool IsAutoName(std::string_view name) {
  return base::StartsWithIgnoreCase(name, "auto_open") ||
         base::StartsWithIgnoreCase(name, "auto_close") ||
         base::StartsWithIgnoreCase(name, "auto_activate") ||
         base::StartsWithIgnoreCase(name, "auto_deactivate");
}

// Text whose first byte says whether two bytes make a character; the high ones are of no interest.
std::string FlaggedText(std::string_view bytes, std::size_t characters) {
  const bool wide = (Byte(bytes, 0) & 1) != 0;
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) {
    text += static_cast<char>(Byte(bytes, 1 + (wide ? i * 2 : i)));
  }
  return text;
}

// Built-in names are one character: 1 and 2 are run when the workbook is opened and closed, 10 and
// 11 when it comes to the front or leaves it.
bool RunsByItself(std::string_view name, bool unicode) {
  const bool built_in = (Little16(name, 0) & 0x20) != 0;
  const std::size_t characters = Byte(name, 3);
  const std::string text = unicode ? FlaggedText(Slice(name, 14, name.size()), characters)
                                   : std::string(Slice(name, 14, characters));
  if (!built_in || text.empty()) return IsAutoName(text);
  return text[0] == 1 || text[0] == 2 || text[0] == 10 || text[0] == 11;
}

// A link to another program: its name, a separator, a topic. A path to a workbook begins with 1.
bool IsExchange(std::string_view record) {
  const std::size_t characters = Little16(record, 2);
  if (characters == 0x401 || characters == 0x3A01 || characters > 255) return false;
  const std::string text = FlaggedText(Slice(record, 4, record.size()), characters);
  return text.size() > 1 && static_cast<unsigned char>(text[0]) > 3 &&
         text.find('\x03') != text.npos;
}

struct Walk {
  bool unicode = true;
  bool macro_sheet = false;
  bool auto_name = false;
  Properties properties;

  void OnRecord(unsigned id, std::string_view record);
  void OnBof(unsigned id, std::string_view record) {
    unicode = id == kBof && Little16(record, 0) >= 0x600;
    macro_sheet = macro_sheet || Little16(record, 2) == 0x40;
  }
};

void Walk::OnRecord(unsigned id, std::string_view record) {
  if (IsBof(id)) return OnBof(id, record);
  switch (id) {
    case kBoundSheet:
      macro_sheet = macro_sheet || Byte(record, 5) == 1;
      break;
    case kName:
    case kName34:
      auto_name = auto_name || RunsByItself(record, unicode);
      break;
    case kFilePass:
      properties.Add(Property::kEncryptedDocument);
      break;
    case kSupBook:
      if (IsExchange(record)) properties.Add(Property::kDynamicExchange);
      break;
    default:
      break;
  }
}

}  // namespace

Properties InspectWorkbook(std::string_view stream) {
  Walk walk;
  for (std::size_t at = 0; at + 4 <= stream.size();) {
    const unsigned id = Little16(stream, at);
    const std::size_t size = Little16(stream, at + 2);
    walk.OnRecord(id, Slice(stream, at + 4, size));
    // What follows is encrypted but for the heads of records.
    if (walk.properties.Has(Property::kEncryptedDocument)) return walk.properties;
    at += 4 + size;
  }
  if (walk.macro_sheet) walk.properties.Add(Property::kMacro);
  if (walk.macro_sheet && walk.auto_name) walk.properties.Add(Property::kAutoMacro);
  return walk.properties;
}

}  // namespace gatepost::attachments
