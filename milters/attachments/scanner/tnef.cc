#include "milters/attachments/scanner/tnef.h"

#include <memory>
#include <optional>
#include <vector>

#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/compressed_rtf.h"
#include "milters/attachments/scanner/file_names.h"
#include "milters/attachments/scanner/mapi_properties.h"

namespace gatepost::attachments {
namespace {

constexpr std::uint32_t kSignature = 0x223E9F78;
constexpr std::size_t kAttributeHead = 9;  // level, number, size
constexpr std::size_t kMostName = 4'096;
constexpr std::size_t kMostBody = 8 << 20;
constexpr std::size_t kMostAttributes = 100'000;
constexpr unsigned kMostDepth = 8;
constexpr std::size_t kGuidBytes = 16;

enum Attribute : unsigned {
  kBody = 0x800C,
  kAttachData = 0x800F,
  kAttachTitle = 0x8010,
  kAttachTransport = 0x9001,
  kAttachRend = 0x9002,
  kMessageProperties = 0x9003,
  kAttachment = 0x9005,
};

enum Mapi : unsigned {
  kBodyText = 0x1000,
  kBodyRtf = 0x1009,
  kBodyHtml = 0x1013,
  kDisplayName = 0x3001,
  kDataObject = 0x3701,
  kFileName = 0x3704,
  kLongFileName = 0x3707,
  kPathName = 0x3708,
  kLongPathName = 0x370D,
  kTransportName = 0x370C,
};

bool IsNameId(unsigned id) {
  return id == kDisplayName || id == kFileName || id == kLongFileName || id == kPathName ||
         id == kLongPathName || id == kTransportName;
}

// Where a piece of the content lies.
struct Piece {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

class TnefLook {
 public:
  TnefLook(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded,
           unsigned depth)
      : content_(content), budget_(budget), on_embedded_(on_embedded), depth_(depth) {}
  Properties Inspect();

 private:
  void OnAttribute(unsigned id, const Piece& value);
  void OnAttachmentProperties(const Piece& list);
  void OnMessageProperties(const Piece& list);
  void OnObject(const Piece& value);
  void OnRtf(const Piece& value);
  void Tell(const std::string& name, const Piece& piece);
  void TellAttachment();
  std::string Name(const Piece& piece, bool wide) const;

  const Content& content_;
  FormatBudget& budget_;
  const OnEmbedded& on_embedded_;
  unsigned depth_;
  Properties properties_;
  // of the attachment that is being read
  std::vector<std::string> names_;
  std::vector<Piece> pieces_;
};

std::string TnefLook::Name(const Piece& piece, bool wide) const {
  const std::string bytes =
      ReadText(content_, piece.offset,
               static_cast<std::size_t>(std::min<std::uint64_t>(piece.size, kMostName)));
  return LastOfPath(wide ? FromUtf16(bytes) : std::string(UntilNul(bytes)));
}

void TnefLook::Tell(const std::string& name, const Piece& piece) {
  const ContentWindow file(content_, piece.offset, piece.size);
  if (!budget_.Spend(file.size())) return properties_.Add(Property::kOverBudget);
  on_embedded_(name, file);
}

void TnefLook::TellAttachment() {
  for (const Piece& piece : pieces_) {
    for (const std::string& name : DifferentNames(names_)) Tell(name, piece);
  }
  pieces_.clear();
  names_.clear();
}

// An interface's GUID, then an OLE object, or a message as TNEF.
void TnefLook::OnObject(const Piece& value) {
  const Piece inner{value.offset + kGuidBytes,
                    value.size > kGuidBytes ? value.size - kGuidBytes : 0};
  const std::string head = ReadText(content_, inner.offset, 4);
  if (Little32(head, 0) != kSignature) {
    if (head == "\xD0\xCF\x11\xE0") properties_.Add(Property::kEmbeddedObject);
    pieces_.push_back(head.empty() ? value : inner);
    return;
  }
  if (depth_ >= kMostDepth) return properties_.Add(Property::kTooDeep);
  const ContentWindow message(content_, inner.offset, inner.size);
  properties_.Add(TnefLook(message, budget_, on_embedded_, depth_ + 1).Inspect());
}

void TnefLook::OnAttachmentProperties(const Piece& list) {
  const ContentWindow window(content_, list.offset, list.size);
  const bool sound = ForEachMapiProperty(window, [&](const MapiProperty& property) {
    const Piece value{list.offset + property.offset, property.size};
    if (IsNameId(property.id)) names_.push_back(Name(value, property.type == 0x1F));
    if (property.id != kDataObject) return;
    if (property.type == 0x0D) {
      OnObject(value);
    } else {
      pieces_.push_back(value);
    }
  });
  if (!sound) properties_.Add(Property::kDamaged);
}

void TnefLook::OnRtf(const Piece& value) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(value.size, kMostBody));
  if (!budget_.Spend(kMostBody)) return properties_.Add(Property::kOverBudget);
  const std::string text = DecompressRtf(ReadText(content_, value.offset, size), kMostBody);
  on_embedded_("", MemoryContent(AsBytes(text)));
}

void TnefLook::OnMessageProperties(const Piece& list) {
  const ContentWindow window(content_, list.offset, list.size);
  const bool sound = ForEachMapiProperty(window, [&](const MapiProperty& property) {
    const Piece value{list.offset + property.offset, property.size};
    if (property.id == kBodyHtml || property.id == kBodyText) Tell("", value);
    if (property.id == kBodyRtf) OnRtf(value);
  });
  if (!sound) properties_.Add(Property::kDamaged);
}

void TnefLook::OnAttribute(unsigned id, const Piece& value) {
  switch (id) {
    case kBody:
      return Tell("", value);
    case kAttachRend:
      return TellAttachment();
    case kAttachTitle:
    case kAttachTransport:
      return names_.push_back(Name(value, false));
    case kAttachData:
      return pieces_.push_back(value);
    case kAttachment:
      return OnAttachmentProperties(value);
    case kMessageProperties:
      return OnMessageProperties(value);
    default:
      return;
  }
}

Properties TnefLook::Inspect() {
  constexpr std::size_t kHeaderBytes = 6, kChecksumBytes = 2;
  if (Little32(ReadText(content_, 0, 4), 0) != kSignature) return {Property::kDamaged};
  std::uint64_t at = kHeaderBytes;
  for (std::size_t count = 0; at < content_.size(); ++count) {
    const std::string head = ReadText(content_, at, kAttributeHead);
    const Piece value{at + kAttributeHead, Little32(head, 5)};
    if (count >= kMostAttributes || !budget_.Spend(kAttributeHead)) {
      properties_.Add(Property::kOverBudget);
      break;
    }
    // What there is of it is looked at, too.
    if (value.offset + value.size > content_.size()) properties_.Add(Property::kTruncated);
    if (head.size() == kAttributeHead) OnAttribute(Little16(head, 1), value);
    at = value.offset + value.size + kChecksumBytes;
  }
  TellAttachment();
  return properties_;
}

}  // namespace

Properties InspectTnef(const Content& content, FormatBudget& budget,
                       const OnEmbedded& on_embedded) {
  return TnefLook(content, budget, on_embedded, 0).Inspect();
}

}  // namespace gatepost::attachments
