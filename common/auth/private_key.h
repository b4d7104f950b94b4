// A private key for DKIM and ARC signatures. Immutable after parsing; any thread may sign with it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY; only crypto*.cc include its headers

namespace gatepost::auth {

enum class KeyAlgorithm { kRsa, kEd25519 };

using Sha256Digest = std::array<std::byte, 32>;

class PrivateKey {
 public:
  // PEM: PKCS#1 ("RSA PRIVATE KEY") or PKCS#8 ("PRIVATE KEY") with RSA of 2,048 to 4,096 bits or
  // ed25519. An encrypted key, another type or size is kInvalid with the reason.
  static base::Result<PrivateKey> ParsePem(std::string_view pem);

  KeyAlgorithm algorithm() const { return algorithm_; }
  unsigned bits() const { return bits_; }

  // Signs a SHA-256 digest: rsa-sha256 (RFC 6376 3.3.1) or ed25519-sha256 (RFC 8463 section 3).
  // The raw signature; kInternal when OpenSSL fails.
  base::Result<std::string> Sign(const Sha256Digest& digest) const;

  // The p= value of the key record that belongs to it (base64).
  std::string PublicKeyForDns() const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  KeyAlgorithm algorithm_ = KeyAlgorithm::kRsa;
  unsigned bits_ = 0;
};

}  // namespace gatepost::auth
