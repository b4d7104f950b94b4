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

constexpr std::size_t kBlock = 16;
constexpr int kDecrypt = 0, kEncrypt = 1;

std::string Crypt(const EVP_CIPHER* cipher, std::string_view key, std::string_view iv,
                  std::string_view text, int direction) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Require(context &&
          EVP_CipherInit_ex(context.get(), cipher, nullptr, Bytes(key), Bytes(iv), direction) == 1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  std::string out(text.size(), '\0');
  int size = 0;
  Require(EVP_CipherUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                           Bytes(text), static_cast<int>(text.size())) == 1);
  return out;
}

}  // namespace

std::string Md5(std::string_view text) { return Digest(EVP_md5(), text); }

std::string Sha2(unsigned bits, std::string_view text) {
  return Digest(bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512(), text);
}

std::string EncryptAes128Cbc(std::string_view key, std::string_view iv, std::string_view text) {
  Require(key.size() == kBlock && iv.size() == kBlock && text.size() % kBlock == 0);
  return Crypt(EVP_aes_128_cbc(), key, iv, text, kEncrypt);
}

std::string DecryptAesCbc(std::string_view key, std::string_view iv, std::string_view text) {
  Require((key.size() == kBlock || key.size() == 2 * kBlock) && iv.size() == kBlock);
  return Crypt(key.size() == kBlock ? EVP_aes_128_cbc() : EVP_aes_256_cbc(), key, iv,
               text.substr(0, text.size() - text.size() % kBlock), kDecrypt);
}

void LoadDocumentCrypto() {
  const std::string key(2 * kBlock, '\0'), block(kBlock, '\0');
  DecryptAesCbc(key, block, EncryptAes128Cbc(block, block, block));
  for (const unsigned bits : {256U, 384U, 512U}) Sha2(bits, Rc4(key, Md5(key)));
}

}  // namespace gatepost::auth
