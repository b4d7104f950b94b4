// What a MIME part says of itself, in every reading that mail clients have of it. Value types; any
// thread.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::mime {

// What ordinary mail does not have, and clients read differently.
enum class Oddity {
  kDuplicateField,    // Content-Type, -Disposition or -Transfer-Encoding twice, not the same
  kMalformedField,    // a value that breaks its grammar, or that not every client can read
  kJunkInHeader,      // a line that is no field
  kHeaderTooLong,     // its rest was not read
  kTooMuchHeader,     // more parameters or boundaries than are read
  kManyNames,         // more readings of the name than are kept
  kNoParts,           // multipart that ends without any: a client may find one in its text
  kNoBoundary,        // multipart without one; the first line that looks like one counts
  kLooseBoundary,     // text behind the boundary in its line
  kNoFinalBoundary,   // the message ends, or the part around it
  kPartAfterEnd,      // another part behind the final boundary
  kEncodedComposite,  // multipart or message in base64 or quoted-printable
  kUnknownEncoding,   // a Content-Transfer-Encoding that nobody registered
  kBareCr,            // CR without LF in header or body
  kGarbageInBase64,   // characters that no encoder writes
  kDataAfterPadding,  // base64 that goes on after "="
  kDamagedQuotedPrintable,
  kUnreadBase64,  // base64 whose readings part so late that one of them was not read
  kTooDeep,       // it was not entered
  kOddities,      // how many there are
};

class Oddities {
 public:
  void Add(Oddity oddity) { bits_.set(static_cast<std::size_t>(oddity)); }
  void Add(const Oddities& others) { bits_ |= others.bits_; }
  bool Has(Oddity oddity) const { return bits_.test(static_cast<std::size_t>(oddity)); }
  bool any() const { return bits_.any(); }
  friend bool operator==(const Oddities&, const Oddities&) = default;

 private:
  std::bitset<static_cast<std::size_t>(Oddity::kOddities)> bits_;
};

// "duplicate-field" and the like, as rules name them.
std::string_view Name(Oddity oddity);

// Where a part stands in the body of the message, in bytes as they were fed: its header, its
// content, the line end that belongs to the delimiter behind it.
struct Extent {
  std::uint64_t header = 0;
  std::uint64_t content = 0;
  std::uint64_t end = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

enum class TransferEncoding { kIdentity, kBase64, kQuotedPrintable, kUuencode };

struct Part {
  std::size_t number = 0;  // counted through the whole message
  // "1.2": the second part of the first; "" for the message itself; "1~1": what comes out of the
  // encoding of "1" although it holds parts; "1~=": "1" once more, where its base64 can be read in
  // another way; "1!2": the second file in the text of "1". None twice.
  std::string path;
  std::size_t depth = 0;
  bool in_text = false;                     // a file in the text of another part (text_files.h)
  std::vector<std::string> types;           // declared, each reading once; none: not declared
  std::vector<std::string> dispositions;    // "attachment", "inline" ...
  std::vector<TransferEncoding> encodings;  // at least one; content comes once for each
  std::vector<std::string> names;           // UTF-8
  // What some clients call it where it has no name: Content-Description, the end of
  // Content-Location, Content-ID.
  std::vector<std::string> hints;
  Oddities oddities;  // those of its content only at its end
  // At its end; nothing for what is found within an encoding or in text.
  std::optional<Extent> extent;

  bool IsOfType(std::string_view type) const;
  // "multipart", "message", "text" ...
  bool IsOfClass(std::string_view type_class) const;
};

}  // namespace gatepost::mime
