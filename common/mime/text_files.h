// Files that stand in the text of a message itself, as mail clients find them: uuencode (POSIX
// uuencode, "begin 644 name" and "begin-base64"), yEnc ("=ybegin ... name=") and BinHex 4.0. Fed
// piece by piece with text whose transfer encoding is already decoded. One thread at a time; memory
// for one line, bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/mime/base64_stream.h"
#include "common/mime/binhex.h"

namespace gatepost::mime {

enum class TextEncoding { kUuencode, kBase64, kYenc, kBinHex };

class TextFiles {
 public:
  // What is found. Called in turn: begin, content ..., end.
  class Sink {
   public:
    virtual ~Sink() = default;
    // `name` as it stands there: bytes of unknown origin, at most 1,000.
    virtual void OnTextFile(TextEncoding encoding, std::string_view name) = 0;
    virtual void OnTextFileContent(std::span<const std::byte> content) = 0;
    // Whether its last line was there.
    virtual void OnTextFileEnd(bool whole) = 0;
  };

  explicit TextFiles(Sink& sink) : sink_(sink) {}  // `sink` outlives it

  void Feed(std::string_view text);
  void Finish();

 private:
  static constexpr std::size_t kMostLine = 1'100;

  void TakeLine(std::string_view line);
  void LookForBeginning(std::string_view line);
  void Begin(TextEncoding encoding, std::string_view name);
  void End(bool whole);
  void TakeUuencode(std::string_view line);
  void TakeBase64(std::string_view line);
  void TakeYenc(std::string_view line);
  void TakeBinHex(std::string_view line);

  Sink& sink_;
  std::string line_;       // that has begun
  bool too_long_ = false;  // of which the rest is skipped
  std::optional<TextEncoding> file_;
  Base64Stream base64_;
  BinHexStream binhex_;
  bool told_ = false;  // that the file has begun
};

}  // namespace gatepost::mime
