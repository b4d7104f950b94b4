#include "common/auth/private_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <vector>

#include "common/auth/crypto_public_key.h"
#include "common/base/base64.h"

namespace gatepost::auth {
namespace {

using base::ErrorKind;
using base::Fail;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr unsigned kMaxRsaBits = 4096;

// OpenSSL keeps errors per thread until somebody reads them; ours are told by return values.
auto Internal(const char* what) {
  ERR_clear_error();
  return Fail(ErrorKind::kInternal, what);
}

int RefusePassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

std::shared_ptr<EVP_PKEY> ReadPem(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  EVP_PKEY* const key =
      bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &RefusePassphrase, nullptr) : nullptr;
  ERR_clear_error();
  return key == nullptr ? nullptr : std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free);
}

std::string RawPublicKey(const EVP_PKEY* key) {
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) != 1) {
    return {};
  }
  raw.resize(size);
  return raw;
}

std::string SubjectPublicKeyInfo(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::string PublicKeyBytes(const EVP_PKEY* key, KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kRsa ? SubjectPublicKeyInfo(key) : RawPublicKey(key);
}

const unsigned char* Bytes(const Sha256Digest& digest) {
  return reinterpret_cast<const unsigned char*>(digest.data());
}

}  // namespace

base::Result<PrivateKey> PrivateKey::ParsePem(std::string_view pem, unsigned min_rsa_bits) {
  if (pem.size() > kMaxPemBytes) {
    return Fail(ErrorKind::kInvalid, "the key file is larger than any key");
  }
  if (pem.find("ENCRYPTED") != std::string_view::npos) {
    return Fail(ErrorKind::kInvalid, "the private key is encrypted");
  }
  std::shared_ptr<EVP_PKEY> key = ReadPem(pem);
  if (!key) return Fail(ErrorKind::kInvalid, "no private key in PEM form");
  return FromPkey(std::move(key), min_rsa_bits);
}

base::Result<PrivateKey> PrivateKey::FromPkey(std::shared_ptr<evp_pkey_st> pkey,
                                              unsigned min_rsa_bits) {
  PrivateKey key;
  key.key_ = std::move(pkey);
  return key.CheckType(min_rsa_bits)
      .and_then([&] { return key.PrepareSigning(); })
      .and_then([&] { return key.CheckPair(); })
      .map([&] { return key; });
}

base::Result<void> PrivateKey::CheckType(unsigned min_rsa_bits) {
  bits_ = static_cast<unsigned>(EVP_PKEY_get_bits(key_.get()));
  const int type = EVP_PKEY_get_base_id(key_.get());
  if (type == EVP_PKEY_ED25519) {
    algorithm_ = KeyAlgorithm::kEd25519;
    bits_ = 256;
    return {};
  }
  if (type != EVP_PKEY_RSA) return Fail(ErrorKind::kInvalid, "the key is neither RSA nor ed25519");
  if (bits_ < min_rsa_bits || bits_ > kMaxRsaBits) {
    return Fail(ErrorKind::kInvalid, "the RSA key has " + std::to_string(bits_) + " bits; " +
                                         std::to_string(min_rsa_bits) + " to " +
                                         std::to_string(kMaxRsaBits) + " are accepted");
  }
  return {};
}

base::Result<void> PrivateKey::PrepareSigning() {
  if (algorithm_ == KeyAlgorithm::kEd25519) {
    DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!context || EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                          key_.get(), nullptr) != 1) {
      return Internal("OpenSSL cannot sign with this ed25519 key");
    }
    ed25519_template_ = std::shared_ptr<EVP_MD_CTX>(context.release(), &EVP_MD_CTX_free);
    return {};
  }
  PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr), &EVP_PKEY_CTX_free);
  if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1) {
    return Internal("OpenSSL cannot sign with this RSA key");
  }
  rsa_template_ = std::shared_ptr<EVP_PKEY_CTX>(context.release(), &EVP_PKEY_CTX_free);
  return {};
}

// A damaged file can still parse; what it signs nobody could verify. The signature made here also
// computes what OpenSSL would otherwise compute for the first message.
base::Result<void> PrivateKey::CheckPair() const {
  const Sha256Digest digest{};
  const base::Result<std::string> signature = Sign(digest);
  const base::Result<PublicKey> half =
      PublicKey::Parse(algorithm_, PublicKeyBytes(key_.get(), algorithm_));
  if (!signature || !half || !half->Verify(digest, *signature)) {
    return Fail(ErrorKind::kInvalid,
                "the private key is damaged: its parts do not belong together");
  }
  return {};
}

base::Result<std::string> PrivateKey::Sign(const Sha256Digest& digest) const {
  return algorithm_ == KeyAlgorithm::kRsa ? SignRsa(digest) : SignEd25519(digest);
}

base::Result<std::string> PrivateKey::SignRsa(const Sha256Digest& digest) const {
  const PkeyContext context(EVP_PKEY_CTX_dup(rsa_template_.get()), &EVP_PKEY_CTX_free);
  std::string signature(bits_ / 8 + 1, '\0');
  std::size_t size = signature.size();
  if (!context || EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                &size, Bytes(digest), digest.size()) != 1) {
    return Internal("OpenSSL failed to make an RSA signature");
  }
  signature.resize(size);
  return signature;
}

base::Result<std::string> PrivateKey::SignEd25519(const Sha256Digest& digest) const {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  if (!context || EVP_MD_CTX_copy_ex(context.get(), ed25519_template_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(digest), digest.size()) != 1) {
    return Internal("OpenSSL failed to make an ed25519 signature");
  }
  return signature;
}

std::string PrivateKey::PublicKeyForDns() const {
  const std::string bytes = PublicKeyBytes(key_.get(), algorithm_);
  return base::EncodeBase64(std::as_bytes(std::span(bytes)));
}

}  // namespace gatepost::auth
