// The digests and the cipher by which documents check passwords, over OpenSSL's EVP: old ones among
// them, for reading alone. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gatepost::auth {

std::string Md5(std::string_view text);
// SHA-256, SHA-384 or SHA-512, by `bits`.
std::string Sha2(unsigned bits, std::string_view text);
// `key` and `iv` are 16 bytes, `text` a multiple of them; nothing is filled up.
std::string EncryptAes128Cbc(std::string_view key, std::string_view iv, std::string_view text);

}  // namespace gatepost::auth
