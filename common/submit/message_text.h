// The pieces that messages of our own are written with: header texts, dates, encoded bodies. Used
// by notice.cc and letter.cc. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace gatepost::submit {

bool IsAscii(std::string_view text);

// Text for an unstructured header field: as it is where it is short plain ASCII, else as encoded
// words (RFC 2047), one a line. Controls go; what is longer than 500 bytes is cut.
std::string HeaderText(std::string_view text);
// `address` with a display name before it, where that is not empty.
std::string Mailbox(std::string_view name, std::string_view address);
// RFC 5322 section 3.3, in UTC.
std::string FormatDate(base::WallTime now);

// The lines with CRLF ends; a bare CR stays and makes them unfit for 7bit.
std::string WithCrlf(std::string_view text);
// Whether a body may go as it is (RFC 2045 section 2.7).
bool Fits7Bit(std::string_view body);
// Base64 in lines of 76 (RFC 2045 section 6.8), the last with its CRLF.
std::string Base64Lines(std::string_view body);

}  // namespace gatepost::submit
