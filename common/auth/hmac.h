// HMAC-SHA256 (RFC 2104) over OpenSSL's EVP_MAC, for tokens of our own. Pure; any thread.
#pragma once

#include <string_view>

#include "common/auth/private_key.h"

namespace gatepost::auth {

// Throws std::runtime_error where OpenSSL does not offer it or has no memory.
Sha256Digest HmacSha256(std::string_view key, std::string_view text);

}  // namespace gatepost::auth
