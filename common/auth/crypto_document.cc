#include "common/auth/crypto_document.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace gatepost::auth {
namespace {

void Require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL failed");
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Digest(const EVP_MD* algorithm, std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  Require(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                     &size, algorithm, nullptr) == 1);
  digest.resize(size);
  return digest;
}

}  // namespace

std::string Md5(std::string_view text) { return Digest(EVP_md5(), text); }

std::string Sha2(unsigned bits, std::string_view text) {
  return Digest(bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512(), text);
}

std::string EncryptAes128Cbc(std::string_view key, std::string_view iv, std::string_view text) {
  constexpr std::size_t kBlock = 16;
  Require(key.size() == kBlock && iv.size() == kBlock && text.size() % kBlock == 0);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Require(context && EVP_EncryptInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, Bytes(key),
                                        Bytes(iv)) == 1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  std::string out(text.size(), '\0');
  int size = 0;
  Require(EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                            Bytes(text), static_cast<int>(text.size())) == 1);
  return out;
}

}  // namespace gatepost::auth
