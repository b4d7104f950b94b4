// The digests and ciphers by which documents check passwords and are locked, all of OpenSSL: old
// ones among them, for reading alone. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gatepost::auth {

std::string Md5(std::string_view text);
// SHA-256, SHA-384 or SHA-512, by `bits`.
std::string Sha2(unsigned bits, std::string_view text);
// `key` and `iv` are 16 bytes, `text` a multiple of them; nothing is filled up.
std::string EncryptAes128Cbc(std::string_view key, std::string_view iv, std::string_view text);
// `key` is 16 or 32 bytes, `iv` 16. Whole blocks alone are decrypted; what fills up stays.
std::string DecryptAesCbc(std::string_view key, std::string_view iv, std::string_view text);
// `key` is 1 to 256 bytes.
std::string Rc4(std::string_view key, std::string_view text);
// Has OpenSSL read its configuration and find what is called here, while there are files.
void LoadDocumentCrypto();

}  // namespace gatepost::auth
