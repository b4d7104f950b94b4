#include "milters/attachments/scanner/ole.h"

#include <array>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/compound_file.h"
#include "milters/attachments/scanner/ole_look.h"
#include "milters/attachments/scanner/ole_macros.h"
#include "milters/attachments/scanner/ole_objects.h"
#include "milters/attachments/scanner/presentation.h"
#include "milters/attachments/scanner/workbook.h"

namespace gatepost::attachments {
namespace {

using Entry = CompoundFile::Entry;
using EntryType = CompoundFile::EntryType;

struct TypeByStream {
  std::string_view stream;  // in the root
  std::string_view type;
};
// The first that is there counts.
constexpr std::array kTypes{
    TypeByStream{"EncryptedPackage", "encrypted-office"},
    TypeByStream{"__properties_version1.0", "msg"},
    TypeByStream{"WordDocument", "doc"},
    TypeByStream{"Workbook", "xls"},
    TypeByStream{"Book", "xls"},
    TypeByStream{"PowerPoint Document", "ppt"},
    TypeByStream{"PP97_DUALSTORAGE", "ppt"},
    TypeByStream{"VisioDocument", "vsd"},
    TypeByStream{"Quill", "pub"},
    TypeByStream{"HwpSummaryInformation", "hwp"},
    TypeByStream{"VBA", "vba-project"},
};

// Installers, their patches and transforms: {000C1084-0000-0000-C000-000000000046} and neighbours.
bool IsInstaller(const Entry& root) {
  const std::uint32_t first = Little32(root.class_id, 0);
  return (first == 0xC1082 || first == 0xC1084 || first == 0xC1086) &&
         Little32(root.class_id, 8) == 0xC0 && Byte(root.class_id, 15) == 0x46;
}

std::string_view TypeOf(const CompoundFile& file) {
  if (IsInstaller(file.entries()[0])) return "msi";
  for (const TypeByStream& known : kTypes) {
    for (const Entry& entry : file.entries()) {
      if (entry.parent == 0 && base::EqualsIgnoreCase(entry.name, known.stream)) return known.type;
    }
  }
  return "ole";
}

Properties Inspect(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded,
                   unsigned depth);

void LookAtPresentation(OleLook& look, const Entry& entry) {
  constexpr unsigned kMostDepth = 2;
  const std::string stream = look.Read(entry, kMostPresentation);
  const auto on_storage = [&look](std::string_view bytes) {
    if (look.depth >= kMostDepth) return look.properties.Add(Property::kTooDeep);
    const Properties found =
        Inspect(MemoryContent(AsBytes(bytes)), look.budget, look.on_embedded, look.depth + 1);
    look.properties.Add(found);
    if (!found.Has(Property::kMacro)) look.properties.Add(Property::kEmbeddedObject);
  };
  look.properties.Add(InspectPresentation(stream, look.budget, on_storage));
}

// Of the file information block: whether what follows is encrypted or obfuscated.
bool IsEncryptedWord(std::string_view head) { return (Little16(head, 10) & 0x100) != 0; }

void LookAtStream(OleLook& look, const Entry& entry) {
  const auto is = [&entry](std::string_view name) {
    return base::EqualsIgnoreCase(entry.name, name);
  };
  if (is("Workbook") || is("Book")) {
    look.properties.Add(InspectWorkbook(look.Read(entry, kMostWorkbook)));
  } else if (is("WordDocument")) {
    if (IsEncryptedWord(look.Read(entry, 32))) look.properties.Add(Property::kEncryptedDocument);
  } else if (is("PowerPoint Document")) {
    LookAtPresentation(look, entry);
  } else if (is("Current User")) {
    if (SaysEncrypted(look.Read(entry, 32))) look.properties.Add(Property::kEncryptedDocument);
  } else if (is("EncryptedPackage") || is("EncryptedSummary")) {
    look.properties.Add(Property::kEncryptedDocument);
  }
}

void LookAtDamage(OleLook& look) {
  if (look.file.damaged()) look.properties.Add(Property::kTruncated);
  if (look.file.too_many()) look.properties.Add(Property::kOverBudget);
}

void LookAll(OleLook& look) {
  LookAtDamage(look);
  for (const Entry& entry : look.file.entries()) {
    if (entry.type == EntryType::kStream) LookAtStream(look, entry);
  }
  LookForMacros(look);
  LookForObjects(look);
  if (look.type == "msg") LookForAttachments(look);
}

Properties InspectFile(const CompoundFile& file, FormatBudget& budget,
                       const OnEmbedded& on_embedded, unsigned depth) {
  OleLook look{file, budget, on_embedded, depth, TypeOf(file)};
  LookAll(look);
  return look.properties;
}

Properties Inspect(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded,
                   unsigned depth) {
  const auto file = CompoundFile::Open(content, budget);
  if (!file) return {Property::kDamaged};
  return InspectFile(*file, budget, on_embedded, depth);
}

// The first record of a workbook that is no compound file.
bool IsBareWorkbook(std::string_view head) {
  const unsigned id = Little16(head, 0);
  return id == 0x809 || id == 0x409 || id == 0x209 || id == 0x09;
}

}  // namespace

Properties InspectOle(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded,
                      std::string_view* type_name) {
  if (type_name != nullptr) *type_name = "ole";
  if (IsBareWorkbook(ReadText(content, 0, 4))) {
    if (type_name != nullptr) *type_name = "xls";
    return InspectWorkbook(ReadText(content, 0, kMostWorkbook));
  }
  const auto file = CompoundFile::Open(content, budget);
  if (!file) {
    Properties found = FindLooseMacros(content, budget);
    found.Add(Property::kDamaged);
    return found;
  }
  if (type_name != nullptr) *type_name = TypeOf(*file);
  Properties found = InspectFile(*file, budget, on_embedded, 0);
  if (found.Has(Property::kTruncated) && !found.Has(Property::kAutoMacro)) {
    found.Add(FindLooseMacros(content, budget));
  }
  return found;
}

Kind KindOfOle(std::string_view type_name) {
  if (type_name == "msi") return Kind::kExecutable;
  return type_name == "msg" ? Kind::kMail : Kind::kDocument;
}

}  // namespace gatepost::attachments
