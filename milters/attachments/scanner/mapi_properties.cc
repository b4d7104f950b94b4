#include "milters/attachments/scanner/mapi_properties.h"

#include <string>

#include "milters/attachments/scanner/byte_order.h"

namespace gatepost::attachments {
namespace {

constexpr unsigned kManyValues = 0x1000;
constexpr std::uint32_t kMostProperties = 4'096;
constexpr std::uint32_t kMostValues = 4'096;

// 0 where values have their own size before them.
std::size_t FixedSize(unsigned type) {
  switch (type) {
    case 0x02:  // short, boolean: padded to four
    case 0x0B:
    case 0x03:
    case 0x04:
    case 0x0A:
    case 0x01:
      return 4;
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x14:
    case 0x40:
      return 8;
    case 0x48:
      return 16;
    default:
      return 0;
  }
}

bool HasVariableSize(unsigned type) {
  return type == 0x1E || type == 0x1F || type == 0x0D || type == 0x102;
}

class Reader {
 public:
  explicit Reader(const Content& content) : content_(content) {}
  bool AtEnd() const { return at_ >= content_.size(); }
  std::uint32_t Take32() { return Little32(Take(4), 0); }
  std::string Take(std::size_t size) {
    std::string bytes = ReadText(content_, at_, size);
    at_ += size;
    return bytes;
  }
  void Skip(std::uint64_t size) { at_ += size; }
  std::uint64_t at() const { return at_; }

 private:
  const Content& content_;
  std::uint64_t at_ = 0;
};

std::uint64_t Padded(std::uint64_t size) { return (size + 3) / 4 * 4; }

// A named property has a GUID, and a number or a name.
void SkipName(Reader& reader) {
  reader.Skip(16);
  const bool by_name = reader.Take32() == 1;
  const std::uint32_t number_or_size = reader.Take32();
  if (by_name) reader.Skip(Padded(number_or_size));
}

bool TakeValues(Reader& reader, MapiProperty property, bool many,
                const std::function<void(const MapiProperty&)>& on_property) {
  const std::size_t fixed = FixedSize(property.type);
  if (fixed == 0 && !HasVariableSize(property.type)) return false;
  const std::uint32_t count = many || fixed == 0 ? reader.Take32() : 1;
  if (count > kMostValues) return false;
  for (std::uint32_t i = 0; i < count && !reader.AtEnd(); ++i) {
    property.size = fixed != 0 ? fixed : reader.Take32();
    property.offset = reader.at();
    on_property(property);
    reader.Skip(Padded(property.size));
  }
  return true;
}

}  // namespace

bool ForEachMapiProperty(const Content& list,
                         const std::function<void(const MapiProperty&)>& on_property) {
  Reader reader(list);
  const std::uint32_t count = reader.Take32();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (reader.AtEnd() || i >= kMostProperties) return false;
    const std::uint32_t tag = reader.Take32();
    MapiProperty property;
    property.id = static_cast<std::uint16_t>(tag >> 16);
    property.type = static_cast<std::uint16_t>(tag & 0xFFFF & ~kManyValues);
    if (property.id >= 0x8000) SkipName(reader);
    if (!TakeValues(reader, property, (tag & kManyValues) != 0, on_property)) return false;
  }
  return true;
}

}  // namespace gatepost::attachments
