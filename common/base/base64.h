// Base64 (RFC 4648 section 4). Pure functions, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::base {

std::string EncodeBase64(std::span<const std::byte> bytes);

// Decodes text in which mail white space may stand anywhere (DKIM tags are folded, RFC 6376
// section 2.10). Padding may be missing at the end; anything else outside the alphabet, or bits
// left over, is kInvalid.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace gatepost::base
