#include "milters/attachments/scanner/text_scan.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/strings.h"
#include "common/mime/text_files.h"
#include "milters/attachments/scanner/container.h"

namespace gatepost::attachments {
namespace {

constexpr std::size_t kBlock = 32'768;

class TextScan final : public mime::TextFiles::Sink {
 public:
  TextScan(ScanRun& run, const Content& content, const Subject& subject)
      : run_(run), content_(content), container_(run, subject, content.size()) {}

  Properties Scan();

  void OnTextFile(mime::TextEncoding encoding, std::string_view name) override;
  void OnTextFileContent(std::span<const std::byte> content) override;
  void OnTextFileEnd(bool whole) override;

 private:
  ScanRun& run_;
  const Content& content_;
  Container container_;
  std::unique_ptr<MemberStream> stream_;
};

Properties TextScan::Scan() {
  mime::TextFiles files(*this);
  const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
  for (std::uint64_t at = 0; at < content_.size() && container_.open(); at += kBlock) {
    const std::span text(block.get(), kBlock);
    const std::size_t got = content_.ReadAt(at, std::as_writable_bytes(text));
    if (got == 0 || !run_.meter().Spend(got)) break;
    files.Feed({block.get(), got});
  }
  files.Finish();
  return container_.properties();
}

void TextScan::OnTextFile(mime::TextEncoding, std::string_view name) {
  if (!container_.Take()) return;
  stream_ =
      std::make_unique<MemberStream>(run_, container_.NewItem(name), container_.member_depth());
}

void TextScan::OnTextFileContent(std::span<const std::byte> content) {
  if (stream_ && container_.open()) stream_->Feed(content);
}

void TextScan::OnTextFileEnd(bool whole) {
  if (!stream_) return;
  if (!whole) stream_->item().properties.Add(Property::kTruncated);
  stream_->Finish();
  container_.Tell(stream_->item());
  stream_.reset();
}

// One property of a calendar at a time: its name and parameters are kept, its value is decoded as
// it comes if it is an attachment. Long values are folded: a line that begins with a blank goes on.
class CalendarScan {
 public:
  CalendarScan(ScanRun& run, const Content& content, const Subject& subject)
      : run_(run), content_(content), container_(run, subject, content.size()) {}

  Properties Scan();

 private:
  void Feed(std::string_view text);
  void TakePiece(std::string_view piece);
  void TakeValue(std::string_view piece);
  void BeginValue();
  void EndProperty();
  std::string Parameter(std::string_view name) const;

  static constexpr std::size_t kMostHead = 2'048;

  ScanRun& run_;
  const Content& content_;
  Container container_;
  std::string head_;  // name and parameters
  bool in_value_ = false;
  bool quoted_ = false;
  bool line_begins_ = true;
  std::optional<mime::Base64Stream> base64_;
  std::unique_ptr<MemberStream> stream_;
};

Properties CalendarScan::Scan() {
  const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
  for (std::uint64_t at = 0; at < content_.size() && container_.open(); at += kBlock) {
    const std::span text(block.get(), kBlock);
    const std::size_t got = content_.ReadAt(at, std::as_writable_bytes(text));
    if (got == 0 || !run_.meter().Spend(got)) break;
    Feed({block.get(), got});
  }
  EndProperty();
  return container_.properties();
}

void CalendarScan::Feed(std::string_view text) {
  while (!text.empty()) {
    if (line_begins_) {
      const bool goes_on = text[0] == ' ' || text[0] == '\t';
      if (!goes_on) EndProperty();
      if (goes_on) text.remove_prefix(1);
    }
    const std::size_t end = text.find('\n');
    TakePiece(text.substr(0, end));
    line_begins_ = end != text.npos;
    text.remove_prefix(line_begins_ ? end + 1 : text.size());
  }
}

void CalendarScan::TakePiece(std::string_view piece) {
  std::size_t at = 0;
  for (; at < piece.size() && !in_value_; ++at) {
    if (piece[at] == '"') quoted_ = !quoted_;
    in_value_ = piece[at] == ':' && !quoted_;
    if (piece[at] != '\r' && head_.size() < kMostHead) head_ += piece[at];
    if (in_value_) BeginValue();
  }
  if (stream_) TakeValue(piece.substr(at));
}

void CalendarScan::BeginValue() {
  head_.pop_back();
  if (!base::StartsWithIgnoreCase(head_, "ATTACH;")) return;
  if (!base::EqualsIgnoreCase(Parameter("ENCODING"), "BASE64") || !container_.Take()) return;
  std::string name = Parameter("X-FILENAME");
  for (const std::string_view other : {"FILENAME", "X-APPLE-FILENAME", "X-ORACLE-FILENAME"}) {
    if (name.empty()) name = Parameter(other);
  }
  stream_ =
      std::make_unique<MemberStream>(run_, container_.NewItem(name), container_.member_depth());
  base64_.emplace();
}

void CalendarScan::TakeValue(std::string_view piece) {
  constexpr std::size_t kStep = 3'072;
  std::array<std::byte, mime::Base64Stream::MostOut(kStep)> bytes;
  for (; !piece.empty() && container_.open(); piece.remove_prefix(std::min(kStep, piece.size()))) {
    const std::size_t size = base64_->Feed(piece.substr(0, kStep), bytes.data());
    stream_->Feed(std::span(bytes).first(size));
  }
}

void CalendarScan::EndProperty() {
  if (stream_) {
    std::array<std::byte, mime::Base64Stream::MostOut(0)> rest;
    stream_->Feed(std::span(rest).first(base64_->Finish(rest.data())));
    stream_->Finish();
    container_.Tell(stream_->item());
    stream_.reset();
  }
  head_.clear();
  in_value_ = quoted_ = false;
}

std::string CalendarScan::Parameter(std::string_view name) const {
  for (const std::string_view one : base::Split(head_, ';')) {
    const std::size_t equals = one.find('=');
    if (equals == one.npos || !base::EqualsIgnoreCase(one.substr(0, equals), name)) continue;
    std::string_view value = one.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

}  // namespace

Properties ScanTextFiles(ScanRun& run, const Content& content, const Subject& subject) {
  return TextScan(run, content, subject).Scan();
}

Properties ScanCalendar(ScanRun& run, const Content& content, const Subject& subject) {
  return CalendarScan(run, content, subject).Scan();
}

}  // namespace gatepost::attachments
