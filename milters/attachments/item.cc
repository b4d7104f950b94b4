#include "milters/attachments/item.h"

#include "common/base/strings.h"

namespace gatepost::attachments {

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
  return item;
}

}  // namespace gatepost::attachments
