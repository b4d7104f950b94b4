#include "milters/attachments/item.h"

#include <array>

#include "common/base/strings.h"

namespace gatepost::attachments {
namespace {

struct DeclaredProperty {
  std::string_view type;
  Property property;
};

// What a declared type alone tells: who sees the part acts on it.
constexpr std::array kDeclared{
    DeclaredProperty{"message/partial", Property::kPartialMessage},
    DeclaredProperty{"message/external-body", Property::kExternalBody},
    DeclaredProperty{"multipart/encrypted", Property::kEncryptedMail},
    DeclaredProperty{"application/pgp-encrypted", Property::kEncryptedMail},
    DeclaredProperty{"application/ms-tnef", Property::kTnef},
    DeclaredProperty{"application/vnd.ms-tnef", Property::kTnef},
};

}  // namespace

std::string PathWithin(std::string_view outer, std::string_view name) {
  std::string path(outer);
  if (!path.empty()) path += '/';
  path += name.empty() ? "?" : base::Printable(name, kMostPathBytes);
  if (path.size() <= kMostPathBytes) return path;
  constexpr std::string_view kCut = "/.../";
  const std::size_t end = kMostPathBytes / 2;
  const std::size_t begin = kMostPathBytes - kCut.size() - end;
  return path.substr(0, begin).append(kCut).append(path.substr(path.size() - end));
}

Item ToItem(const mime::Part& part) {
  Item item;
  item.part = part.path;
  item.names = part.names;
  item.declared_types = part.types;
  item.properties = ToProperties(part.oddities);
  if (part.in_text) item.properties.Add(Property::kInText);
  if (part.encodings.size() > 1) item.properties.Add(Property::kAmbiguous);
  for (const DeclaredProperty& declared : kDeclared) {
    if (part.IsOfType(declared.type)) item.properties.Add(declared.property);
  }
  return item;
}

}  // namespace gatepost::attachments
