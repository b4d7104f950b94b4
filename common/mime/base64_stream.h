// Base64 as mail clients read it (RFC 2045 section 6.8), piece by piece: what is outside the
// alphabet is skipped, bits left over at the end are dropped. Clients differ on "=" before the end,
// so there are two readings. One thread at a time; no memory beyond the object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/mime/base64_blocks.h"

namespace gatepost::mime {

class Base64Stream {
 public:
  enum class Padding {
    kEndsQuantum,  // what follows begins anew: most clients
    kIgnored,      // skipped like any other foreign character
  };

  explicit Base64Stream(Padding padding = Padding::kEndsQuantum,
                        Base64Decoder decoder = Base64Decoders().front())
      : padding_(padding), decoder_(decoder) {}

  // At most this much comes out of a piece of `size`.
  static constexpr std::size_t MostOut(std::size_t size) { return size / 4 * 3 + 6 + kBase64Slack; }
  // Writes what the piece decodes to; returns how many bytes. `out` holds MostOut().
  std::size_t Feed(std::string_view piece, std::byte* out);
  // The same for the bits that are left at the end.
  std::size_t Finish(std::byte* out);

  // Characters that are neither of the alphabet nor white space nor "=".
  std::uint64_t foreign() const { return foreign_; }
  // More came after "=": where readings differ.
  bool goes_on_after_padding() const { return goes_on_after_padding_; }
  // What came behind a "=" that ended a quantum early: the two readings are not the same.
  bool readings_differ() const { return readings_differ_; }
  // It ended within a byte.
  bool truncated() const { return truncated_; }

 private:
  std::size_t Put(unsigned char character, std::byte* out);
  std::size_t EndQuantum(std::byte* out);
  void GoOn();

  Padding padding_;
  Base64Decoder decoder_;
  std::uint32_t bits_ = 0;
  unsigned sextets_ = 0;  // in bits_
  std::uint64_t foreign_ = 0;
  bool padded_ = false;
  bool cut_quantum_ = false;  // by "="
  bool readings_differ_ = false;
  bool goes_on_after_padding_ = false;
  bool truncated_ = false;
};

}  // namespace gatepost::mime
