// A private key for DKIM and ARC signatures. Immutable after parsing; any thread may sign with it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

// OpenSSL's EVP_PKEY, EVP_PKEY_CTX and EVP_MD_CTX; only crypto*.cc and private_key.cc include its
// headers.
struct evp_pkey_st;
struct evp_pkey_ctx_st;
struct evp_md_ctx_st;

namespace gatepost::auth {

enum class KeyAlgorithm { kRsa, kEd25519 };

using Sha256Digest = std::array<std::byte, 32>;

class PrivateKey {
 public:
  static constexpr std::size_t kMaxPemBytes = 65'536;

  // RFC 8301 section 3.2 asks signers for at least this.
  static constexpr unsigned kMinRsaBits = 2048;

  // PEM: PKCS#1 ("RSA PRIVATE KEY") or PKCS#8 ("PRIVATE KEY") with RSA of 2,048 to 4,096 bits or
  // ed25519. An encrypted key, another type or size, or one whose halves do not belong together
  // is kInvalid with the reason. Another minimum is for public test vectors alone.
  static base::Result<PrivateKey> ParsePem(std::string_view pem,
                                           unsigned min_rsa_bits = kMinRsaBits);

  KeyAlgorithm algorithm() const { return algorithm_; }
  unsigned bits() const { return bits_; }  // of the modulus; 256 for ed25519

  // Signs a SHA-256 digest: rsa-sha256 (RFC 6376 3.3.1) or ed25519-sha256 (RFC 8463 section 3).
  // The raw signature; kInternal when OpenSSL fails.
  base::Result<std::string> Sign(const Sha256Digest& digest) const;

  // The p= value of the key record that belongs to it (base64).
  std::string PublicKeyForDns() const;

 private:
  PrivateKey() = default;
  static base::Result<PrivateKey> FromPkey(std::shared_ptr<evp_pkey_st> key, unsigned min_rsa_bits);
  base::Result<void> CheckType(unsigned min_rsa_bits);
  base::Result<void> PrepareSigning();
  base::Result<void> CheckPair() const;
  base::Result<std::string> SignRsa(const Sha256Digest& digest) const;
  base::Result<std::string> SignEd25519(const Sha256Digest& digest) const;

  std::shared_ptr<evp_pkey_st> key_;
  // Contexts with everything set up; each signature is made with a copy, which saves OpenSSL's
  // look-ups by name. One of the two is set.
  std::shared_ptr<const evp_pkey_ctx_st> rsa_template_;
  std::shared_ptr<const evp_md_ctx_st> ed25519_template_;
  KeyAlgorithm algorithm_ = KeyAlgorithm::kRsa;
  unsigned bits_ = 0;
};

}  // namespace gatepost::auth
