// The little of DER that an RSA public key needs. Bytes come from DNS. Pure functions, any thread.
#pragma once

#include <optional>
#include <string_view>

namespace gatepost::auth {

// Big-endian, positive, without leading zeros; they point into what was read.
struct RsaNumbers {
  std::string_view modulus;
  std::string_view exponent;
};

// Reads a SubjectPublicKeyInfo with rsaEncryption (RFC 3279 2.3.1) or a bare RSAPublicKey
// (RFC 8017 A.1.1), the whole of `der` and nothing after it. Nothing where it is something else.
std::optional<RsaNumbers> ReadRsaPublicKey(std::string_view der);

}  // namespace gatepost::auth
