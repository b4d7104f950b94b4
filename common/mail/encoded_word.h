// RFC 2047 encoded words, decoded only to look at what a reader would see: never to compare
// addresses or to write the text out. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace gatepost::mail {

// `text` with its encoded words decoded as lenient readers do it (wherever they stand, bad base64
// skipped, blanks between neighbours dropped). Charsets are taken as supersets of ASCII; NULs are
// dropped, which makes UTF-16 readable. Linear; the result is never longer than `text`.
std::string DecodeEncodedWords(std::string_view text);

}  // namespace gatepost::mail
