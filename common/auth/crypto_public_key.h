// A public key from a key record, and the check of a signature with it. Used by our own
// verification and by the test of a private key's pair. Value type; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/auth/private_key.h"
#include "common/base/result.h"

namespace gatepost::auth {

class PublicKey {
 public:
  // The decoded p= value. RSA: a DER SubjectPublicKeyInfo, as everybody publishes it, or a bare
  // RSAPublicKey, as RFC 6376 3.6.1 words it. ed25519: the 32 octets (RFC 8463 section 4.2).
  // kInvalid with the reason; costs no arithmetic whatever the size.
  static base::Result<PublicKey> Parse(KeyAlgorithm algorithm, std::string_view bytes);

  KeyAlgorithm algorithm() const { return algorithm_; }
  unsigned bits() const { return bits_; }  // of the modulus; 256 for ed25519

  // Whether it is this key's signature of the digest (rsa-sha256 with PKCS#1 v1.5 padding, or
  // ed25519-sha256). A key that cannot work makes every signature wrong.
  bool Verify(const Sha256Digest& digest, std::string_view signature) const;

 private:
  static base::Result<PublicKey> ParseRsa(std::string_view der);
  static base::Result<PublicKey> ParseEd25519(std::string_view raw);
  bool VerifyRsa(const Sha256Digest& digest, std::string_view signature) const;
  bool VerifyEd25519(const Sha256Digest& digest, std::string_view signature) const;

  KeyAlgorithm algorithm_ = KeyAlgorithm::kRsa;
  unsigned bits_ = 0;
  std::string modulus_;   // RSA: big-endian, no leading zero; ed25519: the key
  std::string exponent_;  // RSA: big-endian, no leading zero
};

}  // namespace gatepost::auth
