// Reads what the header of a part says of it. Used by walker.h. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/header_field.h"
#include "common/mime/part.h"

namespace gatepost::mime {

struct PartHeader {
  Part part;                            // without path and depth
  std::vector<std::string> boundaries;  // each that may be meant
};

// Takes Content-* fields into account and no others.
PartHeader ReadPartHeader(const std::vector<mail::HeaderField>& fields);

// Cuts the text of a header into its Content-* fields; lines end with LF, CRLF or CR. What is no
// field is an oddity.
std::vector<mail::HeaderField> SplitHeader(std::string_view text, Oddities& oddities);

}  // namespace gatepost::mime
