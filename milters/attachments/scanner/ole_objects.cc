#include "milters/attachments/scanner/ole_objects.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <vector>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/file_names.h"

namespace gatepost::attachments {
namespace {

using Entry = CompoundFile::Entry;
using EntryType = CompoundFile::EntryType;

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kMostName = 4'096;

void TellStream(OleLook& look, const Entry& entry, const std::string& name) {
  if (!look.budget.Spend(entry.size)) {
    look.properties.Add(Property::kOverBudget);
    return;
  }
  look.on_embedded(name, *look.file.Stream(entry, kAll));
}

void TellNative(OleLook& look, const Entry& entry) {
  if (!look.budget.Spend(entry.size)) {
    look.properties.Add(Property::kOverBudget);
    return;
  }
  TellPackage(*look.file.Stream(entry, kAll), look.on_embedded);
}

bool Is(const Entry& entry, std::string_view name) {
  return base::EqualsIgnoreCase(entry.name, name);
}

// Publisher keeps its own text there.
bool IsPublisher(const OleLook& look, const Entry& entry) {
  return look.type == "pub" && entry.parent == 0;
}

void LookAtStream(OleLook& look, const Entry& entry) {
  if (Is(entry, "\x01Ole10Native")) {
    look.properties.Add(Property::kEmbeddedObject);
    TellNative(look, entry);
  } else if (Is(entry, "Equation Native")) {
    look.properties.Add(Property::kEmbeddedObject);
  } else if (Is(entry, "Package") || (Is(entry, "CONTENTS") && !IsPublisher(look, entry))) {
    look.properties.Add(Property::kEmbeddedObject);
    TellStream(look, entry, "");
  } else if (Is(entry, "\x03OCXNAME") || Is(entry, "\x03OCXDATA") || Is(entry, "Ctls")) {
    look.properties.Add(Property::kActiveControl);
  }
}

// Where Word and Excel keep the objects of other programs.
bool IsObjectStorage(const Entry& entry) {
  return Is(entry, "ObjectPool")
             ? entry.child != CompoundFile::kNoEntry
             : entry.name.size() == 11 && entry.name.starts_with("MBD") && entry.parent == 0;
}

// Two numbers and an unknown count of bytes after the names, told by a field before the last one.
struct Package {
  std::vector<std::string> names;
  std::size_t start = 0;  // of the file's bytes
  std::uint32_t size = 0;
};

// Reads a text that ends in NUL and moves on behind it; false where there is no end.
bool TakeText(std::string_view bytes, std::size_t& at, std::string& text) {
  const std::size_t end = bytes.find('\0', at);
  if (at >= bytes.size() || end == bytes.npos) return false;
  text = bytes.substr(at, end - at);
  at = end + 1;
  return true;
}

// After the size: 2, a label, the path that it had, two numbers, its path again with its length
// before it, the size of the file and its bytes.
bool ParsePackage(std::string_view head, Package& package) {
  std::string label, path, temporary;
  std::size_t at = 4;
  if (Little16(head, at) != 2) return false;
  at += 2;
  if (!TakeText(head, at, label) || !TakeText(head, at, path)) return false;
  at += 4;
  const std::size_t length = Little32(head, at);
  if (length > kMostName) return false;
  temporary = UntilNul(Slice(head, at + 4, length));
  at += 4 + length;
  package = {
      {LastOfPath(label), LastOfPath(path), LastOfPath(temporary)}, at + 4, Little32(head, at)};
  return at + 4 <= head.size();
}

constexpr std::string_view kAttachment = "__attach_version1.0_#";
constexpr std::string_view kProperty = "__substg1.0_";

// A property's text: "001F" is UTF-16, "001E" is 8-bit.
std::string TextProperty(OleLook& look, const Entry& entry) {
  const std::string bytes = look.Read(entry, kMostName);
  return entry.name.ends_with("001F") || entry.name.ends_with("001f")
             ? FromUtf16(bytes)
             : std::string(UntilNul(bytes));
}

bool IsProperty(const Entry& entry, std::string_view tag) {
  return entry.type == EntryType::kStream && base::StartsWithIgnoreCase(entry.name, kProperty) &&
         base::StartsWithIgnoreCase(std::string_view(entry.name).substr(kProperty.size()), tag);
}

// The long name, the short one, the one that is shown, the path, and the extension alone.
bool IsNameProperty(const Entry& entry) {
  constexpr std::array<std::string_view, 5> kNames{"3707", "3704", "3001", "370D", "3708"};
  return std::ranges::any_of(kNames,
                             [&entry](std::string_view tag) { return IsProperty(entry, tag); });
}

struct Attachment {
  std::vector<std::string> names;
  const Entry* content = nullptr;
};

void TellAttachment(OleLook& look, const Attachment& attachment) {
  if (attachment.content == nullptr) return;
  for (const std::string& name : DifferentNames(attachment.names)) {
    TellStream(look, *attachment.content, name);
  }
}

bool IsBody(const Entry& entry) { return IsProperty(entry, "1013") || IsProperty(entry, "1000"); }

}  // namespace

void TellPackage(const Content& native, const OnEmbedded& on_embedded) {
  const std::string head = ReadText(native, 0, 4 * kMostName);
  Package package;
  if (!ParsePackage(head, package)) {
    return on_embedded("", ContentWindow(native, 4, native.size()));
  }
  const ContentWindow file(native, package.start, package.size);
  for (const std::string& name : DifferentNames(package.names)) on_embedded(name, file);
}

void LookForObjects(OleLook& look) {
  for (const Entry& entry : look.file.entries()) {
    if (entry.type == EntryType::kStream) LookAtStream(look, entry);
    if (entry.type == EntryType::kStorage && IsObjectStorage(entry)) {
      look.properties.Add(Property::kEmbeddedObject);
    }
  }
}

void LookForAttachments(OleLook& look) {
  const auto& entries = look.file.entries();
  std::vector<Attachment> attachments(entries.size());
  for (const Entry& entry : entries) {
    if (entry.parent >= entries.size()) continue;
    Attachment& attachment = attachments[entry.parent];
    if (!base::StartsWithIgnoreCase(entries[entry.parent].name, kAttachment)) {
      if (IsBody(entry)) TellStream(look, entry, "");
    } else if (IsNameProperty(entry)) {
      attachment.names.push_back(TextProperty(look, entry));
    } else if (IsProperty(entry, "3701")) {
      attachment.content = &entry;
    }
  }
  for (const Attachment& attachment : attachments) TellAttachment(look, attachment);
}

}  // namespace gatepost::attachments
