#include "common/mime/walk_level.h"

#include <algorithm>
#include <utility>

#include "common/mime/line_search.h"
#include "common/mime/part_header.h"

namespace gatepost::mime {
namespace {

// Longer lines are no delimiters: RFC 2046 section 5.1.1 allows boundaries of 70.
constexpr std::size_t kMostDelimiter = 1'000;
// A boundary that is guessed.
constexpr std::size_t kMostGuessed = 100;
// What is copied at a time to complete what waited.
constexpr std::size_t kJoined = 512;

bool EndsLine(char c) { return c == '\r' || c == '\n'; }

// What of a line's end stands before `at`. Some programs write CR CR LF for one.
std::size_t LineEndBefore(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  if (before.ends_with("\r\r\n")) return 3;
  if (before.ends_with("\r\n")) return 2;
  return at >= 1 && EndsLine(text[at - 1]) ? 1 : 0;
}

// Behind the line end that stands at `at`.
std::size_t AfterLineEnd(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  const auto from = text.substr(at);
  return at + (from.starts_with("\r\r\n") ? 3 : from.starts_with("\r\n") ? 2 : 1);
}

// All of the line end at `at` is there, whatever follows.
bool HasWholeLineEnd(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  const auto from = text.substr(at, 3);
  return from[0] == '\n' || from.size() == 3 || (from.size() == 2 && from[1] != '\r');
}

// How much of the end must wait for more: a line's end, which may belong to a delimiter, and "-".
std::size_t Unsettled(std::string_view text, bool at_line_start) {
  const std::size_t keep = text.ends_with('-') ? 1 : 0;
  auto before = text.substr(0, text.size() - keep);
  if (before.ends_with('\n')) before.remove_suffix(1);
  for (int i = 0; i < 2 && before.ends_with('\r'); ++i) before.remove_suffix(1);
  const std::size_t unsettled = text.size() - before.size();
  return unsettled > keep || (before.empty() && at_line_start) ? unsettled : 0;
}

std::string_view WithoutBlanks(std::string_view text) {
  const auto last = text.find_last_not_of(" \t");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

void WalkLevel::Begin(std::string path, std::size_t depth,
                      const std::vector<mail::HeaderField>* fields) {
  open_.push_back(std::make_unique<OpenPart>(walk_, std::move(path), depth, encodings_));
  if (fields) OpenTop(*fields, false);
}

void WalkLevel::Feed(std::string_view piece) {
  if (!buffer_.empty()) Join(piece);
  if (piece.empty()) return;
  buffer_.assign(piece.substr(Consume(piece, false)));
}

// What waits needs little more, mostly. The rest of the piece is read where it stands.
void WalkLevel::Join(std::string_view& piece) {
  while (!buffer_.empty() && !piece.empty()) {
    const std::size_t joined = std::min(kJoined, piece.size());
    buffer_.append(piece.substr(0, joined));
    const std::size_t left = buffer_.size() - Consume(buffer_, false);
    if (left <= joined) {
      piece.remove_prefix(joined - left);
      buffer_.clear();
    } else {
      piece.remove_prefix(joined);
      buffer_.erase(0, buffer_.size() - left);
    }
  }
}

void WalkLevel::Finish() {
  Consume(buffer_, true);
  if (open_.back()->state == OpenPart::State::kHeader) EndHeader(offset_);
  CloseDownTo(0, offset_);
}

// Returns how much of it is done with.
std::size_t WalkLevel::Consume(std::string_view text, bool final) {
  const std::size_t size = text.size();
  while (!text.empty()) {
    const bool in_header = open_.back()->state == OpenPart::State::kHeader;
    const std::size_t begun = open_.size() - (in_header ? 1 : 0);
    const std::size_t taken = in_header ? ConsumeHeader(text, final) : ConsumeContent(text, final);
    // CR at the end may be some of one.
    searched_ = taken == 0 ? text.size() - std::min<std::size_t>(2, text.size()) : 0;
    if (taken == 0) break;
    const std::size_t emitted = std::exchange(emitted_, 0);
    FeedRaw(text.substr(emitted, taken - emitted), begun);
    line_end_ = LineEndBefore(text, taken);
    at_line_start_ = line_end_ > 0;
    offset_ += taken;
    text.remove_prefix(taken);
  }
  return size - text.size();
}

void WalkLevel::Emit(std::string_view content) {
  emitted_ = content.size();
  FeedRaw(content, open_.size());
  open_.back()->Feed(content);
}

// To the first `count` parts, as far as they are open and read all that they hold as one.
void WalkLevel::FeedRaw(std::string_view text, std::size_t count) {
  for (std::size_t i = 0; i < std::min(count, open_.size()); ++i) {
    if (open_[i]->reads_raw()) open_[i]->FeedRaw(text);
  }
}

// One line. A line's end at the end of the text may be half of one.
std::size_t WalkLevel::ConsumeHeader(std::string_view text, bool final) {
  const std::size_t end = FindLineEnd(text, searched_);
  if (end == std::string_view::npos && !final) {
    if (!in_long_line_ && text.size() <= walk_.limits.header_bytes + 1) return 0;
    open_.back()->part.oddities.Add(Oddity::kHeaderTooLong);
    in_long_line_ = true;
    return text.size();
  }
  if (!HasWholeLineEnd(text, end) && !final) return 0;
  const std::string_view line = text.substr(0, end);
  if (std::exchange(in_long_line_, false)) return AfterLineEnd(text, line.size());
  const auto delimiter = line.starts_with("--") ? FindDelimiterInHeader(line) : std::nullopt;
  const std::size_t taken = AfterLineEnd(text, line.size());
  if (delimiter) {
    if (open_.back()->state == OpenPart::State::kHeader) EndHeader(offset_ - line_end_);
    OnDelimiter(*delimiter, offset_ - line_end_, offset_ + taken);
  } else if (line.empty()) {
    EndHeader(offset_ + taken);
  } else {
    TakeHeaderLine(text.substr(0, taken));
  }
  return taken;
}

void WalkLevel::TakeHeaderLine(std::string_view line) {
  OpenPart& part = *open_.back();
  if (part.header.size() + line.size() > walk_.limits.header_bytes) {
    part.part.oddities.Add(Oddity::kHeaderTooLong);
  } else {
    part.header.append(line);
  }
}

void WalkLevel::EndHeader(std::uint64_t content) {
  OpenPart& part = *open_.back();
  part.ContentAt(content);
  const auto fields = SplitHeader(part.header, part.part.oddities);
  OpenTop(fields, digest_);
}

void WalkLevel::OpenTop(const std::vector<mail::HeaderField>& fields, bool in_digest) {
  OpenPart& part = *open_.back();
  part.Open(fields, in_digest);
  for (const auto& boundary : part.boundaries) boundaries_.Add(boundary, open_.size() - 1);
  if (part.holds_message()) BeginPart(false, part.content_at());
}

std::size_t WalkLevel::ConsumeContent(std::string_view text, bool final) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t found = FindDashes(text.substr(from), from == 0 && at_line_start_);
    if (found == text.npos) return EmitSettled(text, final);
    const std::size_t dashes = from + found;
    const std::size_t end = FindLineEnd(text, std::max(dashes, searched_));
    if (!HasWholeLineEnd(text, end) && !final && text.size() - dashes <= kMostDelimiter + 2) {
      return EmitBefore(text, dashes);
    }
    const std::string_view line = text.substr(dashes, end == text.npos ? end : end - dashes);
    if (const auto delimiter = FindDelimiter(line)) return Divide(text, line, *delimiter);
    from = dashes + 2;
  }
}

// The empty line may be missing in front of a multipart's own delimiter.
std::optional<WalkLevel::Delimiter> WalkLevel::FindDelimiterInHeader(std::string_view line) {
  const auto delimiter = FindDelimiter(line);
  if (delimiter || line.size() > kMostDelimiter || !open_.back()->MayDivideItself(line)) {
    return delimiter;
  }
  EndHeader(offset_);
  return FindDelimiter(line);
}

std::size_t WalkLevel::EmitSettled(std::string_view text, bool final) {
  const std::size_t settled = text.size() - (final ? 0 : Unsettled(text, at_line_start_));
  if (settled > 0) Emit(text.substr(0, settled));
  return settled;
}

// The line end in front of the dashes may belong to a delimiter.
std::size_t WalkLevel::EmitBefore(std::string_view text, std::size_t dashes) {
  const std::size_t before = dashes - LineEndBefore(text, dashes);
  if (before > 0) Emit(text.substr(0, before));
  return before;
}

// `line`, within `text`, is the delimiter.
std::size_t WalkLevel::Divide(std::string_view text, std::string_view line,
                              const Delimiter& delimiter) {
  const auto dashes = static_cast<std::size_t>(line.data() - text.data());
  const std::size_t before = EmitBefore(text, dashes);
  const auto line_end = text.substr(before, dashes - before);
  if (line_end == "\r" || line_end.size() == 3) open_.back()->part.oddities.Add(Oddity::kBareCr);
  const std::size_t taken = AfterLineEnd(text, dashes + line.size());
  // The line end in front may be that of another delimiter.
  OnDelimiter(delimiter, offset_ + before - (dashes == 0 ? line_end_ : 0), offset_ + taken);
  return taken;
}

std::optional<WalkLevel::Delimiter> WalkLevel::FindDelimiter(std::string_view line) {
  if (line.size() > kMostDelimiter) return std::nullopt;
  const std::string_view text = line.substr(2);
  OpenPart& top = *open_.back();
  if (top.guesses_boundary && !WithoutBlanks(text).empty() && text.size() <= kMostGuessed) {
    top.guesses_boundary = false;
    boundaries_.Add(std::string(WithoutBlanks(text)), open_.size() - 1);
  }
  const auto match = boundaries_.Find(text);
  if (!match) return std::nullopt;
  const std::string_view behind = text.substr(match->size);
  if (WithoutBlanks(behind).empty()) return Delimiter{match->depth, false, false};
  // Who looks at the beginning of the line alone finds a boundary in any other.
  const bool final = WithoutBlanks(behind) == "--";
  return Delimiter{match->depth, final, !final};
}

void WalkLevel::OnDelimiter(const Delimiter& delimiter, std::uint64_t end, std::uint64_t behind) {
  CloseDownTo(delimiter.depth + 1, end);
  OpenPart& part = *open_.back();
  if (delimiter.loose) part.part.oddities.Add(Oddity::kLooseBoundary);
  if (delimiter.final) {
    part.state = OpenPart::State::kEpilogue;
    part.closed = true;
    return;
  }
  if (part.closed) part.part.oddities.Add(Oddity::kPartAfterEnd);
  part.state = OpenPart::State::kInside;
  BeginPart(part.part.IsOfType("multipart/digest"), behind);
}

void WalkLevel::BeginPart(bool in_digest, std::uint64_t header) {
  OpenPart& parent = *open_.back();
  digest_ = in_digest;
  open_.push_back(
      std::make_unique<OpenPart>(walk_, parent.ChildPath(), parent.part.depth + 1, encodings_));
  open_.back()->BeginAt(header);
}

void WalkLevel::CloseDownTo(std::size_t count, std::uint64_t end) {
  if (open_.size() > count) boundaries_.RemoveFrom(count);
  while (open_.size() > count) {
    end = open_.back()->EndAt(end);  // what is around it does not end before it
    open_.back()->Close();
    open_.pop_back();
  }
}

}  // namespace gatepost::mime
