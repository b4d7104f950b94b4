#include "milters/attachments/scanner/presentation.h"

#include <string>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/inflater.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kMostStorages = 64;
constexpr std::size_t kMostStorage = 16 << 20;
constexpr unsigned kObjectStorage = 0x1011;
constexpr unsigned kControl = 0x0FEE;
constexpr unsigned kCryptSession = 0x2F14;

// Packed ones say their size before the packed bytes.
bool TellStorage(unsigned head, std::string_view record, FormatBudget& budget,
                 const OnStorage& on_storage) {
  const bool packed = head >> 4 == 1;
  if (!budget.Spend(packed ? Little32(record, 0) : 0)) return false;
  if (packed) {
    on_storage(Inflate(Slice(record, 4, record.size()), kMostStorage));
  } else {
    on_storage(record);
  }
  return true;
}

}  // namespace

Properties InspectPresentation(std::string_view stream, FormatBudget& budget,
                               const OnStorage& on_storage) {
  Properties properties;
  std::size_t storages = 0;
  for (std::size_t at = 0; at + kHeadBytes <= stream.size();) {
    const unsigned head = Little16(stream, at);
    const unsigned type = Little16(stream, at + 2);
    const std::size_t size = Little32(stream, at + 4);
    if (type == kControl) properties.Add(Property::kActiveControl);
    if (type == kCryptSession) properties.Add(Property::kEncryptedDocument);
    if (type == kObjectStorage && storages++ < kMostStorages &&
        !TellStorage(head, Slice(stream, at + kHeadBytes, size), budget, on_storage)) {
      properties.Add(Property::kOverBudget);
      break;
    }
    // Those with 15 hold others: they are looked through as if they stood beside each other.
    at += kHeadBytes + ((head & 0xF) == 0xF ? 0 : size);
  }
  return properties;
}

bool SaysEncrypted(std::string_view current_user) {
  constexpr std::uint32_t kEncrypted = 0xF3D1C4DF;
  return Little32(current_user, 12) == kEncrypted;
}

}  // namespace gatepost::attachments
