#include "milters/attachments/scanner/onenote.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/base/strings.h"
#include "milters/attachments/scanner/byte_order.h"
#include "milters/attachments/scanner/file_names.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kOverlap = 2'048;
constexpr std::size_t kMostFiles = 2'000;
constexpr std::size_t kMostNames = 200;
constexpr std::size_t kMostNameBytes = 1'024;
// How far a property's value stands behind the list of properties.
constexpr std::size_t kReach = 512;

// {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}: a stored file follows, its size first.
constexpr std::string_view kFileMark(
    "\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC", 16);
constexpr std::size_t kFileHead = 16 + 8 + 4 + 8;
// EmbeddedFileName and SourceFilepath.
constexpr std::array<std::string_view, 2> kNameMarks{std::string_view("\x9C\x1D\x00\x1C", 4),
                                                     std::string_view("\x9D\x1D\x00\x1C", 4)};

// Section files draw their pictures from the same store.
bool IsPicture(std::string_view head) {
  return head.starts_with("\x89PNG") || head.starts_with("\xFF\xD8\xFF") ||
         head.starts_with("GIF8") || head.starts_with("BM") ||
         head.starts_with(std::string_view("\x01\0\0\0", 4)) || head.starts_with("II*") ||
         Slice(head, 8, 4) == "WEBP";
}

class OneNoteLook {
 public:
  OneNoteLook(const Content& content, FormatBudget& budget, const OnEmbedded& on_embedded)
      : content_(content), budget_(budget), on_embedded_(on_embedded) {}
  Properties Inspect();

 private:
  void LookAtPiece(std::uint64_t offset, std::string_view piece);
  void FindNames(std::string_view piece);
  void TakeNames(std::string_view reach);
  void TellFiles();
  void TellFile(const ContentWindow& file, std::size_t number);

  const Content& content_;
  FormatBudget& budget_;
  const OnEmbedded& on_embedded_;
  Properties properties_;
  std::vector<std::uint64_t> files_;
  std::vector<std::string> names_;
};

// A value is its size and UTF-16 that fills it.
void OneNoteLook::TakeNames(std::string_view reach) {
  for (std::size_t at = 0; at + 8 < reach.size() && names_.size() < kMostNames; ++at) {
    const std::size_t size = Little32(reach, at);
    if (size < 6 || size > kMostNameBytes || size % 2 != 0) continue;
    const std::string_view value = Slice(reach, at + 4, size);
    const std::string name = LastOfPath(FromUtf16(value));
    const std::size_t dot = name.rfind('.');
    const bool plausible = dot != name.npos && dot + 1 < name.size() && name.size() - dot <= 16 &&
                           std::ranges::none_of(name, [](char c) { return c > 0 && c < ' '; });
    if (!plausible) continue;
    if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
    at += 3 + value.size();
  }
}

void OneNoteLook::FindNames(std::string_view piece) {
  for (const std::string_view mark : kNameMarks) {
    for (std::size_t at = piece.find(mark); at != piece.npos; at = piece.find(mark, at + 1)) {
      TakeNames(Slice(piece, at + mark.size(), kReach + kMostNameBytes));
      if (names_.size() >= kMostNames) return;
    }
  }
}

void OneNoteLook::LookAtPiece(std::uint64_t offset, std::string_view piece) {
  for (std::size_t at = piece.find(kFileMark); at != piece.npos;
       at = piece.find(kFileMark, at + 1)) {
    const std::uint64_t found = offset + at;
    const bool known = !files_.empty() && files_.back() >= found;
    if (!known && files_.size() < kMostFiles) files_.push_back(found);
  }
  FindNames(piece);
}

// The names' order is that of the files, where there are as many; else any may be its name.
void OneNoteLook::TellFile(const ContentWindow& file, std::size_t number) {
  const bool ordered = number < names_.size() && names_.size() <= files_.size();
  const auto names = ordered ? std::vector<std::string>{names_[number]} : DifferentNames(names_);
  for (const std::string& name : names) {
    if (!budget_.Spend(file.size())) return properties_.Add(Property::kOverBudget);
    on_embedded_(name, file);
  }
}

void OneNoteLook::TellFiles() {
  std::size_t number = 0;
  for (const std::uint64_t at : files_) {
    const std::uint64_t size = Little64(ReadText(content_, at + kFileMark.size(), 8), 0);
    const ContentWindow file(content_, at + kFileHead, size);
    if (file.size() < size) properties_.Add(Property::kTruncated);
    if (IsPicture(ReadText(file, 0, 16))) {
      on_embedded_("", file);
      continue;
    }
    properties_.Add(Property::kEmbeddedObject);
    TellFile(file, number++);
  }
}

Properties OneNoteLook::Inspect() {
  for (std::uint64_t offset = 0; offset < content_.size(); offset += kPiece - kOverlap) {
    if (!budget_.Spend(kPiece)) {
      properties_.Add(Property::kOverBudget);
      break;
    }
    LookAtPiece(offset, ReadText(content_, offset, kPiece));
  }
  TellFiles();
  return properties_;
}

}  // namespace

Properties InspectOneNote(const Content& content, FormatBudget& budget,
                          const OnEmbedded& on_embedded) {
  return OneNoteLook(content, budget, on_embedded).Inspect();
}

}  // namespace gatepost::attachments
