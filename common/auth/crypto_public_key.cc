#include "common/auth/crypto_public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "common/auth/crypto_der.h"
#include "common/base/lru_cache.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;
using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Larger exponents make a verification as costly as a signature; nobody publishes them.
constexpr std::size_t kMaxExponentBytes = 8;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
const unsigned char* Bytes(const Sha256Digest& digest) {
  return reinterpret_cast<const unsigned char*>(digest.data());
}

bool IsOdd(std::string_view number) { return (static_cast<unsigned char>(number.back()) & 1) != 0; }

// OpenSSL wants integers in the machine's order.
OSSL_PARAM Integer(const char* name, std::string& bytes) {
  if constexpr (std::endian::native == std::endian::little) std::ranges::reverse(bytes);
  return OSSL_PARAM_construct_BN(name, reinterpret_cast<unsigned char*>(bytes.data()),
                                 bytes.size());
}

// EVP_PKEY_fromdata costs a tenth of decoding the same key from DER.
Pkey MakeRsaKey(std::string modulus, std::string exponent) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr),
                            &EVP_PKEY_CTX_free);
  OSSL_PARAM parameters[] = {Integer(OSSL_PKEY_PARAM_RSA_N, modulus),
                             Integer(OSSL_PKEY_PARAM_RSA_E, exponent), OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (context && EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters);
  }
  return Pkey(key, &EVP_PKEY_free);
}

// Ready to verify PKCS#1 v1.5 signatures of SHA-256 digests; null for a key that cannot work.
std::shared_ptr<EVP_PKEY_CTX> PrepareRsa(const std::string& modulus, const std::string& exponent) {
  const Pkey key = MakeRsaKey(modulus, exponent);
  if (!key) return nullptr;
  PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), &EVP_PKEY_CTX_free);
  const bool ready = context && EVP_PKEY_verify_init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1;
  if (!ready) return nullptr;
  return {context.release(), &EVP_PKEY_CTX_free};
}

// The keys in use, prepared: a third of a verification is OpenSSL's preparation. One for the
// process; who makes up keys pushes others out and gains nothing else. Any thread.
class PreparedKeys {
 public:
  static PreparedKeys& Instance() {
    static PreparedKeys keys;
    return keys;
  }

  // Used as a template: each verification takes a copy.
  std::shared_ptr<EVP_PKEY_CTX> Get(const std::string& modulus, const std::string& exponent) {
    std::string name = exponent + ':' + modulus;  // an exponent has 8 bytes at most
    {
      const std::lock_guard lock(mutex_);
      if (const auto* known = keys_.Find(name)) return *known;
    }
    auto prepared = PrepareRsa(modulus, exponent);
    if (prepared) {
      const std::lock_guard lock(mutex_);
      keys_.Put(std::move(name), prepared);
    }
    return prepared;
  }

 private:
  static constexpr std::size_t kMost = 1000;

  std::mutex mutex_;
  base::LruCache<std::shared_ptr<EVP_PKEY_CTX>> keys_{kMost};
};

}  // namespace

base::Result<PublicKey> PublicKey::Parse(KeyAlgorithm algorithm, std::string_view bytes) {
  return algorithm == KeyAlgorithm::kRsa ? ParseRsa(bytes) : ParseEd25519(bytes);
}

base::Result<PublicKey> PublicKey::ParseRsa(std::string_view der) {
  const std::optional<RsaNumbers> numbers = ReadRsaPublicKey(der);
  if (!numbers) return Fail(ErrorKind::kInvalid, "the key is not an RSA public key");
  if (numbers->exponent.size() > kMaxExponentBytes || !IsOdd(numbers->exponent) ||
      numbers->exponent == "\x01" || !IsOdd(numbers->modulus)) {
    return Fail(ErrorKind::kInvalid, "the RSA key has numbers that cannot work");
  }
  PublicKey key;
  key.modulus_ = numbers->modulus;
  key.exponent_ = numbers->exponent;
  key.bits_ = static_cast<unsigned>(
      (key.modulus_.size() - 1) * 8 +
      static_cast<std::size_t>(std::bit_width(static_cast<unsigned char>(key.modulus_[0]))));
  return key;
}

base::Result<PublicKey> PublicKey::ParseEd25519(std::string_view raw) {
  if (raw.size() != 32) return Fail(ErrorKind::kInvalid, "an ed25519 key has 32 octets");
  PublicKey key;
  key.algorithm_ = KeyAlgorithm::kEd25519;
  key.modulus_ = raw;
  key.bits_ = 256;
  return key;
}

bool PublicKey::Verify(const Sha256Digest& digest, std::string_view signature) const {
  const bool good = algorithm_ == KeyAlgorithm::kRsa ? VerifyRsa(digest, signature)
                                                     : VerifyEd25519(digest, signature);
  if (!good) ERR_clear_error();
  return good;
}

bool PublicKey::VerifyRsa(const Sha256Digest& digest, std::string_view signature) const {
  const auto prepared = PreparedKeys::Instance().Get(modulus_, exponent_);
  if (!prepared) return false;
  const PkeyContext context(EVP_PKEY_CTX_dup(prepared.get()), &EVP_PKEY_CTX_free);
  return context && EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(),
                                    Bytes(digest), digest.size()) == 1;
}

bool PublicKey::VerifyEd25519(const Sha256Digest& digest, std::string_view signature) const {
  const Pkey key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Bytes(modulus_), modulus_.size()),
      &EVP_PKEY_free);
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key && context &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                 nullptr) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(digest),
                          digest.size()) == 1;
}

}  // namespace gatepost::auth
