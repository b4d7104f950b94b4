#include <algorithm>
#include <array>
#include <utility>

#include "common/base/strings.h"
#include "common/mime/charset.h"
#include "common/mime/part_header.h"
#include "common/mime/walk_level.h"

namespace gatepost::mime {
namespace {

// Of one part; more are of no use to any client.
constexpr std::size_t kMostBoundaries = 8;
// Around each other: all that one holds is read twice, as it stands and decoded.
constexpr std::size_t kMostEncodings = 2;
constexpr std::size_t kMostLooks = 4;           // into a header that is not at its end
constexpr std::size_t kMostEncodedLevels = 16;  // in all, at a time

bool HoldsMessage(const Part& part) {
  return part.IsOfType("message/rfc822") || part.IsOfType("message/global") ||
         part.IsOfType("message/news");
}

bool IsPlain(const Part& part) {
  return part.types.empty() || part.IsOfClass("text") || part.IsOfType("");
}

// A file of its own that is text by its name alone, and holds others.
bool NamesTextFiles(const Part& part) {
  static constexpr std::array<std::string_view, 7> kEndings{".uu",   ".uue", ".b64", ".hqx",
                                                            ".yenc", ".ync", ".txt"};
  return part.IsOfType("application/mac-binhex40") || part.IsOfType("application/x-uuencode") ||
         std::ranges::any_of(part.names, [](const std::string& name) {
           const std::string lower = base::ToLower(name);
           return std::ranges::any_of(
               kEndings, [&](std::string_view ending) { return lower.ends_with(ending); });
         });
}

// Of what comes out of the encoding of the part at `path`.
std::string PathDecoded(const std::string& path, std::size_t encoding) {
  return path + "~" + std::to_string(encoding + 1);
}

}  // namespace

bool Walk::Take(Part& part) {
  part.number = parts;
  if (parts < limits.parts) {
    ++parts;
    return true;
  }
  if (!std::exchange(parts_told, true)) sink.OnWalkLimit(WalkLimit::kParts);
  return false;
}

void Walk::TellDepth() {
  if (!std::exchange(depth_told, true)) sink.OnWalkLimit(WalkLimit::kDepth);
}

OpenPart::OpenPart(Walk& walk, std::string path, std::size_t depth, std::size_t encodings)
    : walk_(walk), encodings_(encodings), other_(walk) {
  part.path = std::move(path);
  part.depth = depth;
}

OpenPart::~OpenPart() {
  for (const auto& level : encoded_) walk_.encoded_levels -= level ? 1 : 0;
}

std::string OpenPart::ChildPath() {
  const std::string number = std::to_string(++children_);
  return part.path.empty() ? number : part.path + "." + number;
}

void OpenPart::Open(const std::vector<mail::HeaderField>& fields, bool in_digest) {
  auto read = ReadPartHeader(fields);
  read.part.path = std::move(part.path);
  read.part.depth = part.depth;
  read.part.oddities.Add(part.oddities);
  part = std::move(read.part);
  header = {};
  if (in_digest && part.types.empty()) part.types.emplace_back("message/rfc822");
  multipart_ = part.IsOfClass("multipart");
  message_ = HoldsMessage(part);
  if ((multipart_ || message_) && part.depth >= walk_.limits.depth) {
    part.oddities.Add(Oddity::kTooDeep);
    walk_.TellDepth();
    multipart_ = message_ = false;
  }
  boundaries = std::move(read.boundaries);
  if (multipart_ && boundaries.size() > kMostBoundaries) part.oddities.Add(Oddity::kTooMuchHeader);
  boundaries.resize(multipart_ ? std::min(kMostBoundaries, boundaries.size()) : 0);
  guesses_boundary = multipart_ && boundaries.empty();
  const bool encoded = part.encodings != std::vector{TransferEncoding::kIdentity};
  if ((multipart_ || message_) && encoded) part.oddities.Add(Oddity::kEncodedComposite);
  if (!walk_.Take(part)) {
    state = State::kSkipped;
    boundaries.clear();
    return;
  }
  walk_.sink.OnPart(part);
  // What declares itself as something else, too, is told as that as well.
  tells_content_ = (!multipart_ && !message_) || part.types.size() > 1;
  state = multipart_ ? State::kPreamble : message_ ? State::kInside : State::kLeaf;
  if ((multipart_ || message_) && encoded) OpenEncoded();
  reads_raw_ = (multipart_ || message_) && (tells_content_ || !encoded_.empty());
  if (tells_content_ || multipart_ || !encoded_.empty()) {
    leaf_.emplace(*this, part.encodings, multipart_ || IsPlain(part) || NamesTextFiles(part));
  }
}

// Who decodes it although RFC 2045 section 6.4 forbids that finds parts in what comes out.
void OpenPart::OpenEncoded() {
  if (encodings_ >= kMostEncodings || walk_.encoded_levels >= kMostEncodedLevels) {
    part.oddities.Add(Oddity::kTooDeep);
    return walk_.TellDepth();
  }
  for (const TransferEncoding encoding : part.encodings) {
    auto& level = encoded_.emplace_back();
    if (encoding == TransferEncoding::kIdentity || encoding == TransferEncoding::kUuencode)
      continue;
    ++walk_.encoded_levels;
    std::string path = PathDecoded(part.path, encoded_.size() - 1);
    level = std::make_unique<WalkLevel>(walk_, encodings_ + 1);
    if (message_) {
      level->Begin(std::move(path), part.depth + 1, nullptr);
      continue;
    }
    std::vector<mail::HeaderField> fields;
    for (const auto& boundary : boundaries) {
      fields.push_back({"Content-Type", "multipart/mixed; boundary=\"" + boundary + "\""});
    }
    level->Begin(std::move(path), part.depth + 1, &fields);
  }
}

bool OpenPart::MayDivideItself(std::string_view line) {
  if (looked_++ >= kMostLooks) return false;
  Oddities ignored;
  const auto read = ReadPartHeader(SplitHeader(header, ignored));
  return read.part.IsOfClass("multipart") &&
         std::ranges::any_of(read.boundaries, [&](const std::string& boundary) {
           return line.substr(2).starts_with(boundary);
         });
}

void OpenPart::Feed(std::string_view content) {
  if (!reads_raw_) FeedRaw(content);
}

void OpenPart::FeedRaw(std::string_view content) {
  if (leaf_ && state != State::kSkipped) leaf_->Feed(content);
}

void OpenPart::Close() {
  if (state == State::kSkipped || state == State::kHeader) return;  // nobody was told of it
  if (leaf_) part.oddities.Add(leaf_->Finish());
  other_.End();
  for (const auto& level : encoded_) {
    if (level) level->Finish();
  }
  if (multipart_ && !closed) part.oddities.Add(Oddity::kNoFinalBoundary);
  const bool decoded = part.oddities.Has(Oddity::kEncodedComposite);
  if (multipart_ && children_ == 0 && !decoded) part.oddities.Add(Oddity::kNoParts);
  if (encodings_ == 0) part.extent = extent_;
  walk_.sink.OnPartEnd(part);
}

void OpenPart::OnLeafContent(std::size_t encoding, std::span<const std::byte> content) {
  if (tells_content_) walk_.sink.OnContent(part, encoding, content);
  if (encoding < encoded_.size() && encoded_[encoding]) {
    encoded_[encoding]->Feed({reinterpret_cast<const char*>(content.data()), content.size()});
  }
}

void OpenPart::OnOtherContent(std::span<const std::byte> content) {
  if (tells_content_) other_.OnContent(part, content);
}

void OtherReading::OnContent(const Part& part, std::span<const std::byte> content) {
  if (!part_ && !refused_) {
    Part other = part;
    other.path += "~=";
    other.encodings = {TransferEncoding::kBase64};
    refused_ = !walk_.Take(other);
    if (refused_) return;
    part_ = std::move(other);
    walk_.sink.OnPart(*part_);
  }
  if (part_) walk_.sink.OnContent(*part_, 0, content);
}

void OtherReading::End() {
  if (!part_) return;
  part_->oddities.Add(Oddity::kDataAfterPadding);
  walk_.sink.OnPartEnd(*part_);
}

TextFiles::Sink& OpenPart::TextSink(std::size_t) { return text_parts_.emplace_back(walk_, part); }

void TextParts::OnTextFile(TextEncoding encoding, std::string_view name) {
  Part file;
  file.path = part_.path + "!" + std::to_string(++files_);
  file.depth = part_.depth + 1;
  file.in_text = true;
  file.encodings = {encoding == TextEncoding::kBase64 ? TransferEncoding::kBase64
                                                      : TransferEncoding::kUuencode};
  if (!name.empty()) file.names.push_back(ToUtf8(name, {}));
  if (!walk_.Take(file)) return;
  file_ = std::move(file);
  walk_.sink.OnPart(*file_);
}

void TextParts::OnTextFileContent(std::span<const std::byte> content) {
  if (file_ && !content.empty()) walk_.sink.OnContent(*file_, 0, content);
}

void TextParts::OnTextFileEnd(bool whole) {
  if (!file_) return;
  if (!whole) file_->oddities.Add(Oddity::kNoFinalBoundary);
  walk_.sink.OnPartEnd(*file_);
  file_.reset();
}

}  // namespace gatepost::mime
