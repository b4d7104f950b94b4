#include "common/auth/crypto.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace gatepost::auth {
namespace {

// A fetch walks the providers under a lock: once is enough.
const EVP_MD* FetchedSha256() {
  static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

void Require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL offers no SHA-256");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Require(context_ && EVP_DigestInit_ex2(context_.get(), FetchedSha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::span<const std::byte> bytes) {
  Require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  Require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                             nullptr) == 1);
  return digest;
}

Sha256 Sha256::Fork() const {
  Sha256 fork;
  Require(EVP_MD_CTX_copy_ex(fork.context_.get(), context_.get()) == 1);
  return fork;
}

}  // namespace gatepost::auth
