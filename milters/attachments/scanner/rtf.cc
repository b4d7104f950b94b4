#include "milters/attachments/scanner/rtf.h"

#include <string>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/office_fields.h"
#include "milters/attachments/scanner/ole_objects.h"
#include "milters/attachments/scanner/remote_target.h"
#include "milters/attachments/scanner/rtf_reader.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kMostObject = 32 << 20;
constexpr std::size_t kMostText = 64 << 10;

int HexDigit(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The beginning of an object in the form of OLE 1: version, kind, class, topic, item, size.
struct OldObject {
  bool linked = false;
  std::string class_name;
  std::string topic;
  std::size_t size_at = 0;  // of the size; what it holds stands behind it
};

std::string TakeCounted(std::string_view bytes, std::size_t& at) {
  const std::size_t size = Little32(bytes, at);
  std::string text(UntilNul(Slice(bytes, at + 4, size)));
  at += 4 + size;
  return text;
}

bool ParseOldObject(std::string_view bytes, OldObject& object) {
  const std::uint32_t kind = Little32(bytes, 4);
  if (kind != 1 && kind != 2) return false;
  object.linked = kind == 1;
  std::size_t at = 8;
  object.class_name = TakeCounted(bytes, at);
  object.topic = TakeCounted(bytes, at);
  TakeCounted(bytes, at);
  object.size_at = at;
  return at + 4 <= bytes.size();
}

class RtfLook final : public RtfSink {
 public:
  RtfLook(FormatBudget& budget, const OnEmbedded& on_embedded)
      : budget_(budget), on_embedded_(on_embedded) {}

  void OnOpen() override { ++depth_; }
  void OnClose() override;
  void OnWord(std::string_view word) override;
  void OnText(char c) override;
  void OnBinary(char c) override;
  Properties Finish();

 private:
  enum class Destination { kNone, kObject, kTemplate, kField };

  void Begin(Destination destination);
  void End();
  void TellObject();
  void Keep(char c);
  bool IsSkipped() const { return skipped_ > 0; }

  FormatBudget& budget_;
  const OnEmbedded& on_embedded_;
  Properties properties_;
  std::size_t depth_ = 0;
  Destination destination_ = Destination::kNone;
  std::size_t destination_depth_ = 0;
  std::size_t skipped_ = 0;  // the depth of a group within, which readers skip
  std::string bytes_;
  int high_ = -1;
};

void RtfLook::Begin(Destination destination) {
  End();
  destination_ = destination;
  destination_depth_ = depth_;
}

void RtfLook::End() {
  if (destination_ == Destination::kObject) TellObject();
  if (destination_ == Destination::kTemplate) {
    const std::string_view target = base::Trim(bytes_);
    if (IsWeb(target) || IsRemoteFile(target)) properties_.Add(Property::kExternalTemplate);
  }
  if (destination_ == Destination::kField && IsExchangeCode(bytes_)) {
    properties_.Add(Property::kDynamicExchange);
  }
  destination_ = Destination::kNone;
  bytes_.clear();
  high_ = -1;
  skipped_ = 0;
}

void RtfLook::OnClose() {
  if (depth_ == skipped_) skipped_ = 0;
  if (destination_ != Destination::kNone && depth_ <= destination_depth_) End();
  if (depth_ > 0) --depth_;
}

void RtfLook::OnWord(std::string_view word) {
  if (word == "objdata") {
    properties_.Add(Property::kEmbeddedObject);
    return Begin(Destination::kObject);
  }
  if (word == "template") return Begin(Destination::kTemplate);
  if (word == "fldinst" && destination_ != Destination::kField) {
    return Begin(Destination::kField);
  }
  if (word == "objocx") properties_.Add(Property::kActiveControl);
  const bool within = destination_ == Destination::kObject && depth_ > destination_depth_;
  if (word == "*" && within && skipped_ == 0) skipped_ = depth_;
}

void RtfLook::Keep(char c) {
  const std::size_t most = destination_ == Destination::kObject ? kMostObject : kMostText;
  if (bytes_.size() < most) bytes_ += c;
}

void RtfLook::OnText(char c) {
  if (destination_ == Destination::kNone || IsSkipped()) return;
  if (destination_ != Destination::kObject) return Keep(c);
  const int digit = HexDigit(c);
  if (digit < 0) return;
  if (high_ >= 0) Keep(static_cast<char>(high_ * 16 + digit));
  high_ = high_ >= 0 ? -1 : digit;
}

void RtfLook::OnBinary(char c) {
  if (destination_ == Destination::kObject && !IsSkipped()) Keep(c);
}

void RtfLook::TellObject() {
  if (!budget_.Spend(bytes_.size())) return properties_.Add(Property::kOverBudget);
  const MemoryContent whole(AsBytes(bytes_));
  OldObject object;
  if (bytes_.empty()) return;
  if (!ParseOldObject(bytes_, object)) return on_embedded_("", whole);
  if (object.linked && (IsWeb(object.topic) || IsRemoteFile(object.topic))) {
    properties_.Add(Property::kExternalTemplate);
  }
  const ContentWindow native(whole, object.size_at, bytes_.size());
  if (base::EqualsIgnoreCase(object.class_name, "Package")) {
    return TellPackage(native, on_embedded_);
  }
  on_embedded_("", ContentWindow(native, 4, native.size()));
}

Properties RtfLook::Finish() {
  // What ends within an object is opened nevertheless.
  if (destination_ == Destination::kObject) properties_.Add(Property::kTruncated);
  End();
  return properties_;
}

}  // namespace

Properties InspectRtf(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded) {
  RtfLook look(budget, on_embedded);
  RtfReader reader(look);
  Properties over;
  for (std::uint64_t offset = 0; offset < content.size();) {
    if (!budget.Spend(kPiece)) {
      over.Add(Property::kOverBudget);
      break;
    }
    const std::string piece = ReadText(content, offset, kPiece);
    if (piece.empty()) break;
    for (const char c : piece) reader.Put(c);
    offset += piece.size();
  }
  over.Add(look.Finish());
  return over;
}

}  // namespace gatepost::attachments
