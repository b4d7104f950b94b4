#include "milters/attachments/scanner/member_stream.h"

#include <algorithm>
#include <utility>

#include "milters/attachments/extension.h"
#include "milters/attachments/names.h"
#include "milters/attachments/scanner/file_kind.h"
#include "milters/attachments/type_by_name.h"

namespace gatepost::attachments {

std::string ToHex(const auth::Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::byte byte : digest) {
    hex += kDigits[static_cast<std::size_t>(byte >> 4)];
    hex += kDigits[static_cast<std::size_t>(byte & std::byte{15})];
  }
  return hex;
}

MemberStream::MemberStream(ScanRun& run, Item item, std::size_t depth)
    : run_(run), item_(std::move(item)), depth_(depth) {
  if (run.sha256()) hash_.emplace();
}

MemberStream::~MemberStream() {
  if (scratch_ != nullptr) run_.GiveBack(scratch_);
}

bool MemberStream::Feed(std::span<const std::byte> piece) {
  constexpr std::uint64_t kLarge = 65'536;
  const bool was_large = bytes_ >= kLarge;
  bytes_ += piece.size();
  if (!was_large && bytes_ >= kLarge) run_.BeforeRisk();
  if (hash_) hash_->Update(piece);
  if (!decided_) {
    TakeBeginning(piece);
  } else {
    if (kept_) Keep(piece);
    watch_.Feed(piece);
  }
  return wants_more();
}

// Text and pictures tell at once what they are, unless they are called a disk image: that has its
// signature far inside.
bool MemberStream::TellsEarly(const ContentType& type) const {
  const Kind kind = type.kind;
  if (kind != Kind::kText && kind != Kind::kMedia && kind != Kind::kScript) return false;
  return std::ranges::none_of(ExtensionsOf(item_), [](const std::string& extension) {
    return KindOfExtension(extension) == Kind::kDiskImage;
  });
}

void MemberStream::TakeBeginning(std::span<const std::byte> piece) {
  const std::size_t before = head_.size();
  const std::size_t room = kDiskImageBytes - before;
  const auto beginning = piece.first(std::min(room, piece.size()));
  head_.insert(head_.end(), beginning.begin(), beginning.end());
  const bool whole = head_.size() >= kDiskImageBytes;
  if (!whole && (before >= kSignatureBytes || head_.size() < kSignatureBytes)) return;
  const ContentType type = KindOfFile(head_, item_.names, item_.declared_types);
  if (!whole && !TellsEarly(type)) return;
  Decide(type);
  const auto rest = piece.subspan(beginning.size());
  if (kept_) Keep(rest);
  watch_.Feed(rest);
}

void MemberStream::Decide(const ContentType& type) {
  decided_ = true;
  item_.type = type;
  watch_ = StreamWatch(item_.type, item_.names, item_.declared_types);
  kept_ = !watch_.watches() && NeedsWhole(item_.type);
  watch_.Feed(head_);
}

void MemberStream::Keep(std::span<const std::byte> piece) {
  if (piece.empty()) return;
  if (bytes_ > run_.budget().member_bytes) {
    item_.properties.Add(Property::kOverBudget);
    kept_ = false;
    return;
  }
  if (scratch_ == nullptr) {
    scratch_ = run_.TakeScratch();
    kept_ = scratch_ != nullptr && scratch_->Append(head_);
    if (scratch_ == nullptr) item_.properties.Add(Property::kTooDeep);
  }
  if (kept_ && scratch_->Append(piece)) return;
  kept_ = false;
  if (scratch_ != nullptr) item_.properties.Add(Property::kOverBudget);
}

void MemberStream::Finish() {
  if (!decided_) Decide(KindOfFile(head_, item_.names, item_.declared_types));
  if (kept_) InspectKept();
  item_.properties.Add(watch_.Finish());
  item_.type = TypeByName(item_.names, item_.type);
  if (hash_) item_.sha256 = ToHex(hash_->Finish());
  item_.bytes = std::max(item_.bytes, bytes_);
  item_.properties.Add(run_.meter().reached());
}

void MemberStream::InspectKept() {
  const Subject subject{item_.path, item_.names, item_.declared_types, depth_};
  const MemoryContent beginning(head_);
  const Content& content = scratch_ != nullptr ? scratch_->content() : beginning;
  run_.BeforeRisk();
  const ScanResult result = run_.Inspect(content, subject);
  item_.type = result.type;
  item_.properties.Add(result.properties);
}

}  // namespace gatepost::attachments
