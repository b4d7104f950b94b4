// The quick way through base64 as encoders write it: whole quanta in lines, many characters at a
// time where the processor can. Used by base64_stream.h, which takes the rest character by
// character. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <span>

namespace gatepost::mime {

struct Base64Progress {
  const unsigned char* in;
  std::byte* out;
};

// Decodes whole quanta and skips the line ends between them, from `in` on; stops where something
// else stands, at the latest at `end`. May write up to kBase64Slack bytes beyond what it decoded.
using Base64Decoder = Base64Progress (*)(const unsigned char* in, const unsigned char* end,
                                         std::byte* out);
inline constexpr std::size_t kBase64Slack = 32;

// All that this processor can run, the quickest first; the last is portable.
std::span<const Base64Decoder> Base64Decoders();

}  // namespace gatepost::mime
