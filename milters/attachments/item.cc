#include "milters/attachments/item.h"

#include <algorithm>
#include <array>

#include "milters/attachments/extension.h"
#include "milters/attachments/name_text.h"
#include "milters/attachments/names.h"

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

// Programs' extensions that are also domains: descriptions and identifiers name hosts.
bool IsOfDomains(std::string_view extension) {
  constexpr std::array<std::string_view, 9> kDomains{"app", "ax", "com", "pl",     "py",
                                                     "run", "sh", "ws",  "website"};
  return std::ranges::find(kDomains, extension) != kDomains.end();
}

// Of what a part is called where it has no name, that which would run: anything else is a
// description and no name.
std::vector<std::string> RiskyNames(const std::vector<std::string>& hints) {
  Item item;
  for (const std::string& hint : hints) {
    item.names = {hint};
    for (const std::string& extension : ExtensionsOf(item)) {
      if (IsRisky(KindOfExtension(extension)) && !IsOfDomains(extension)) return item.names;
    }
  }
  return {};
}

bool IsWithinCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string_view NameToShow(const std::vector<std::string>& names) {
  const auto plain = std::ranges::find_if(names, [](const std::string& name) {
    const std::size_t begin = name.find("=?");
    return begin == std::string::npos || name.find("?=", begin + 2) == std::string::npos;
  });
  if (plain != names.end()) return *plain;
  return names.empty() ? std::string_view() : names.front();
}

std::string PathWithin(std::string_view outer, std::string_view name) {
  std::string path(outer);
  if (!path.empty()) path += '/';
  path += name.empty() ? "?" : ShownName(name, kMostPathBytes);
  if (path.size() <= kMostPathBytes) return path;
  constexpr std::string_view kCut = "/.../";
  std::size_t begin = kMostPathBytes / 2 - kCut.size();
  std::size_t end = path.size() - kMostPathBytes / 2;
  while (begin > 0 && IsWithinCharacter(path[begin])) --begin;
  while (end < path.size() && IsWithinCharacter(path[end])) ++end;
  return path.substr(0, begin).append(kCut).append(path, end);
}

Item ToItem(const mime::Part& part) {
  Item item;
  item.part = part.path;
  item.names = part.names.empty() ? RiskyNames(part.hints) : part.names;
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
