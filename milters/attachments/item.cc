#include "milters/attachments/item.h"

#include "milters/attachments/name_text.h"

namespace gatepost::attachments {
namespace {

bool IsWithinCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

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
  item.names = part.names;
  item.declared_types = part.types;
  item.properties = ToProperties(part.oddities);
  if (part.in_text) item.properties.Add(Property::kInText);
  if (part.encodings.size() > 1) item.properties.Add(Property::kAmbiguous);
  return item;
}

}  // namespace gatepost::attachments
