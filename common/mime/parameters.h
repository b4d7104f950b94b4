// Content-Type and Content-Disposition values as sloppy senders write them, with every reading that
// a mail client may make of them: clients differ on duplicates, on what stands outside quotes, on
// backslashes, and on RFC 2231 beside the plain form. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatepost::mime {

struct Parameter {
  std::string name;                   // lower case, without section and "*"
  int section = -1;                   // RFC 2231 section 3; -1: it is whole
  bool extended = false;              // charset'language'text (RFC 2231 section 4)
  std::vector<std::string> readings;  // at least one, the most usual first; raw bytes
};

struct StructuredValue {
  std::string token;  // what stands before the first ";", lower case, comments and blanks left out
  std::vector<Parameter> parameters;  // as they stand there, duplicates too
  bool malformed = false;             // a quote without an end, text where none may stand
  bool cut = false;                   // there are more parameters
};

// `value` may be folded. Linear; at most kMostParameters are kept.
inline constexpr std::size_t kMostParameters = 200;
StructuredValue ParseStructuredValue(std::string_view value);

// Every text in UTF-8 that a client may take for the parameter `name`, none twice, the plainest
// reading first: duplicates, pieces joined in order of their numbers and as they stand, RFC 2231's
// charsets, RFC 2047 words where none may stand, percent signs decoded and not. At most
// kMostNames; `truncated` is set where there are more.
inline constexpr std::size_t kMostNames = 32;
std::vector<std::string> Readings(const StructuredValue& value, std::string_view name,
                                  bool* truncated = nullptr);

// The same for values that are compared and never shown, as a boundary: bytes as they stand, and
// RFC 2231's percent signs decoded.
std::vector<std::string> RawReadings(const StructuredValue& value, std::string_view name);

}  // namespace gatepost::mime
