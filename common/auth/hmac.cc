#include "common/auth/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace gatepost::auth {
namespace {

// A fetch walks the providers under a lock: once is enough.
EVP_MAC* FetchedHmac() {
  static EVP_MAC* const fetched = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return fetched;
}

void Require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL offers no HMAC-SHA256");
}

struct Free {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Sha256Digest HmacSha256(std::string_view key, std::string_view text) {
  const std::unique_ptr<EVP_MAC_CTX, Free> context(EVP_MAC_CTX_new(FetchedHmac()));
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  Require(context && EVP_MAC_init(context.get(), Bytes(key), key.size(), parameters) == 1);
  Require(EVP_MAC_update(context.get(), Bytes(text), text.size()) == 1);
  Sha256Digest digest;
  std::size_t size = 0;
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  Require(EVP_MAC_final(context.get(), out, &size, digest.size()) == 1 && size == digest.size());
  return digest;
}

}  // namespace gatepost::auth
