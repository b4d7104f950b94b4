// The content of one part, decoded in every reading of its transfer encoding, with the files that
// stand in its text. Used by walker.cc. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mime/base64_stream.h"
#include "common/mime/part.h"
#include "common/mime/quoted_printable_stream.h"
#include "common/mime/text_files.h"

namespace gatepost::mime {

class Leaf {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Who is told of files in the text of one reading.
    virtual TextFiles::Sink& TextSink(std::size_t encoding) = 0;
    virtual void OnLeafContent(std::size_t encoding, std::span<const std::byte> content) = 0;
    // Base64 that reads in another way, too: from its beginning, once it is seen.
    virtual void OnOtherContent(std::span<const std::byte> content) = 0;
  };

  // `holds_text`: files are looked for in it. `owner` outlives it.
  Leaf(Owner& owner, const std::vector<TransferEncoding>& encodings, bool holds_text);

  void Feed(std::string_view piece);
  // Tells what came to light of the encodings.
  Oddities Finish();

 private:
  struct Reading {
    TransferEncoding encoding;
    Base64Stream base64{};
    std::string kept{};  // its beginning, for the other reading
    bool keeps = true;   // it is not too long for that
    std::optional<Base64Stream> other{};
    QuotedPrintableStream quoted{};
    std::unique_ptr<TextFiles> files{};
  };

  void Decode(std::size_t index, std::string_view piece);
  std::string_view Decoded(Base64Stream& stream, std::string_view piece);
  void ReadOtherwise(Reading& reading, std::string_view piece);
  void Tell(std::size_t index, std::string_view decoded);
  static void LookForFiles(TextFiles& files, std::string_view text);

  Owner& owner_;
  std::vector<Reading> readings_;
  std::string buffer_;
};

}  // namespace gatepost::mime
