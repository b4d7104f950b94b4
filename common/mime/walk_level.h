// One stream of lines in which parts lie: the message itself, or what an encoded composite decodes
// to. Used by walker.cc. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mime/boundaries.h"
#include "common/mime/leaf.h"
#include "common/mime/part.h"
#include "common/mime/walker.h"

namespace gatepost::mime {

// What all levels of a walk share.
struct Walk {
  PartSink& sink;
  WalkLimits limits;
  std::size_t parts = 0;
  std::size_t encoded_levels = 0;  // that are open
  bool depth_told = false;
  bool parts_told = false;

  // Numbers it; false beyond the limit.
  bool Take(Part& part);
  void TellDepth();
};

class WalkLevel;

// Files in the text of a part, as parts of their own.
class TextParts final : public TextFiles::Sink {
 public:
  TextParts(Walk& walk, const Part& part) : walk_(walk), part_(part) {}

  void OnTextFile(TextEncoding encoding, std::string_view name) override;
  void OnTextFileContent(std::span<const std::byte> content) override;
  void OnTextFileEnd(bool whole) override;

 private:
  Walk& walk_;
  const Part& part_;
  std::optional<Part> file_;
  std::size_t files_ = 0;
};

// What another way to read a part makes of it, as a part of its own: begun with its first content.
class OtherReading final {
 public:
  explicit OtherReading(Walk& walk) : walk_(walk) {}

  void OnContent(const Part& part, std::span<const std::byte> content);
  void End();

 private:
  Walk& walk_;
  std::optional<Part> part_;
  bool refused_ = false;  // by the limits
};

// A part that has begun and not ended.
class OpenPart final : public Leaf::Owner {
 public:
  enum class State { kHeader, kLeaf, kPreamble, kInside, kEpilogue, kSkipped };

  // `encodings`: so many encoded composites lie around it.
  OpenPart(Walk& walk, std::string path, std::size_t depth, std::size_t encodings);
  ~OpenPart() override;

  // Where it stands in the level's stream. Its end is not before its content: the line end in front
  // of a delimiter may be that of the header.
  void BeginAt(std::uint64_t start) { extent_ = {start, start, start}; }
  void ContentAt(std::uint64_t content) { extent_.content = std::max(content, extent_.header); }
  std::uint64_t content_at() const { return extent_.content; }
  std::uint64_t EndAt(std::uint64_t end) { return extent_.end = std::max(end, extent_.content); }

  // The header is read: what the part is decides how its content is taken.
  void Open(const std::vector<mail::HeaderField>& fields, bool in_digest);
  // Content of its own; what its children have, too, where it is read as a whole besides.
  void Feed(std::string_view content);
  void FeedRaw(std::string_view content);
  bool reads_raw() const { return reads_raw_; }
  void Close();

  std::string ChildPath();
  // `line` begins with a boundary that the header, as far as it is read, tells.
  bool MayDivideItself(std::string_view line);
  bool holds_message() const { return message_ && state == State::kInside; }

  Part part;
  State state = State::kHeader;
  std::vector<std::string> boundaries;
  bool guesses_boundary = false;
  bool closed = false;  // by its final boundary
  std::string header;   // as far as it is read

 private:
  void OnLeafContent(std::size_t encoding, std::span<const std::byte> content) override;
  void OnOtherContent(std::span<const std::byte> content) override;
  TextFiles::Sink& TextSink(std::size_t encoding) override;
  void OpenEncoded();

  Walk& walk_;
  const std::size_t encodings_;
  Extent extent_;
  bool multipart_ = false;
  bool message_ = false;
  bool tells_content_ = false;
  bool reads_raw_ = false;
  std::size_t children_ = 0;
  std::size_t looked_ = 0;  // how often for a boundary in its own header
  std::optional<Leaf> leaf_;
  std::deque<TextParts> text_parts_;  // of each encoding
  OtherReading other_;
  std::vector<std::unique_ptr<WalkLevel>> encoded_;  // what each encoding decodes to
};

class WalkLevel {
 public:
  explicit WalkLevel(Walk& walk, std::size_t encodings = 0) : walk_(walk), encodings_(encodings) {}

  // Its first part: with a header that was read elsewhere, or one that stands in the stream.
  void Begin(std::string path, std::size_t depth, const std::vector<mail::HeaderField>* fields);
  void Feed(std::string_view piece);
  void Finish();

 private:
  struct Delimiter {
    std::size_t depth = 0;  // of the part that it belongs to, in open_
    bool final = false;
    bool loose = false;  // there is text behind it
  };

  void Join(std::string_view& piece);
  std::size_t Consume(std::string_view text, bool final);
  std::size_t ConsumeHeader(std::string_view text, bool final);
  std::size_t ConsumeContent(std::string_view text, bool final);
  void TakeHeaderLine(std::string_view line);
  void EndHeader(std::uint64_t content);
  std::size_t EmitSettled(std::string_view text, bool final);
  std::size_t EmitBefore(std::string_view text, std::size_t dashes);
  std::size_t Divide(std::string_view text, std::string_view line, const Delimiter& delimiter);
  void OpenTop(const std::vector<mail::HeaderField>& fields, bool in_digest);
  std::optional<Delimiter> FindDelimiter(std::string_view line);
  std::optional<Delimiter> FindDelimiterInHeader(std::string_view line);
  void OnDelimiter(const Delimiter& delimiter, std::uint64_t end, std::uint64_t behind);
  void BeginPart(bool in_digest, std::uint64_t header);
  void CloseDownTo(std::size_t count, std::uint64_t end);
  void Emit(std::string_view content);
  void FeedRaw(std::string_view text, std::size_t count);

  Walk& walk_;
  const std::size_t encodings_;
  std::deque<std::unique_ptr<OpenPart>> open_;  // each within the one before
  Boundaries boundaries_;                       // of those
  std::string buffer_;                          // what waits for more
  std::size_t searched_ = 0;                    // of what waits, for a line's end
  std::uint64_t offset_ = 0;                    // of what is looked at, in the stream
  std::size_t emitted_ = 0;                     // of what the present step takes
  std::size_t line_end_ = 0;                    // bytes of the line end in front
  bool at_line_start_ = true;
  bool in_long_line_ = false;  // of a header; its rest is skipped
  bool digest_ = false;
};

}  // namespace gatepost::mime
