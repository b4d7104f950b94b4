#include "common/auth/private_key.h"

#include <thread>

#include "common/auth/crypto.h"
#include "common/auth/crypto_public_key.h"
#include "common/base/base64.h"
#include "tests/common/auth/test_keys.h"

namespace gatepost::auth {
namespace {

using namespace testing;

PublicKey HalfOf(const PrivateKey& key) {
  return PublicKey::Parse(key.algorithm(), base::DecodeBase64(key.PublicKeyForDns()).value())
      .value();
}

TEST(PrivateKey, ReadsTheFormsThatKeyToolsWrite) {
  const struct {
    const char* name;
    const char* pem;
    KeyAlgorithm algorithm;
    unsigned bits;
  } cases[] = {
      {"PKCS#8", kRsa2048Pkcs8, KeyAlgorithm::kRsa, 2048},
      {"PKCS#1", kRsa2048Pkcs1, KeyAlgorithm::kRsa, 2048},
      {"4,096 bits", kRsa4096, KeyAlgorithm::kRsa, 4096},
      {"ed25519", kEd25519, KeyAlgorithm::kEd25519, 256},
  };
  for (const auto& c : cases) {
    const auto key = PrivateKey::ParsePem(c.pem);
    ASSERT_TRUE(key) << c.name << ": " << key.error().message;
    EXPECT_EQ(key->algorithm(), c.algorithm) << c.name;
    EXPECT_EQ(key->bits(), c.bits) << c.name;
    EXPECT_EQ(HalfOf(*key).bits(), c.bits) << c.name;
  }
}

TEST(PrivateKey, SaysWhyItRefusesAKey) {
  std::string damaged = kRsa2048Pkcs1;
  damaged[200] = damaged[200] == 'A' ? 'B' : 'A';  // in the modulus
  const struct {
    std::string pem;
    const char* reason;
  } cases[] = {
      {kRsa1024, "the RSA key has 1024 bits; 2048 to 4096 are accepted"},
      {kEcP256, "the key is neither RSA nor ed25519"},
      {kEncryptedPkcs8, "the private key is encrypted"},
      {kEncryptedPkcs1, "the private key is encrypted"},
      {"", "no private key in PEM form"},
      {"-----BEGIN PRIVATE KEY-----\n", "no private key in PEM form"},
      {std::string(PrivateKey::kMaxPemBytes + 1, 'x'), "the key file is larger than any key"},
  };
  for (const auto& c : cases) {
    const auto key = PrivateKey::ParsePem(c.pem);
    ASSERT_FALSE(key) << c.reason;
    EXPECT_EQ(key.error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ(key.error().message, c.reason);
  }
  EXPECT_FALSE(PrivateKey::ParsePem(damaged));
}

TEST(PrivateKey, MakesSignaturesThatItsPublicHalfVerifies) {
  Sha256 hash;
  hash.Update("text");
  const Sha256Digest digest = hash.Finish();
  for (const char* pem : {kRsa2048Pkcs8, kRsa4096, kEd25519}) {
    const PrivateKey key = PrivateKey::ParsePem(pem).value();
    const PublicKey half = HalfOf(key);
    std::string signature = key.Sign(digest).value();
    EXPECT_TRUE(half.Verify(digest, signature));
    EXPECT_FALSE(half.Verify(Sha256Digest{}, signature));
    EXPECT_FALSE(half.Verify(digest, signature.substr(1)));
    EXPECT_FALSE(half.Verify(digest, signature + '\0'));
    EXPECT_FALSE(half.Verify(digest, ""));
    signature[5] ^= 1;
    EXPECT_FALSE(half.Verify(digest, signature));
  }
}

TEST(PrivateKey, SignsInManyThreadsAtOnce) {
  for (const char* pem : {kRsa2048Pkcs8, kEd25519}) {
    const PrivateKey key = PrivateKey::ParsePem(pem).value();
    const PublicKey half = HalfOf(key);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 20; ++n) {
          Sha256Digest digest{};
          digest[0] = static_cast<std::byte>(i * 20 + n);
          EXPECT_TRUE(half.Verify(digest, key.Sign(digest).value()));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

// SubjectPublicKeyInfo of a 1,024-bit key, and where its parts begin.
std::string SmallKey() {
  return base::DecodeBase64(
             "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/"
             "zYtIxN2Sn"
             "FCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/"
             "NMqJ0fzfVjH4OuKhi"
             "tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB")
      .value();
}

TEST(PublicKey, ReadsBothFormsOfRsaKeys) {
  const std::string wrapped = SmallKey();
  const std::string bare = wrapped.substr(22);
  for (const std::string& der : {wrapped, bare}) {
    const auto key = PublicKey::Parse(KeyAlgorithm::kRsa, der);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->bits(), 1024u);
  }
}

TEST(PublicKey, RefusesWhateverIsCutOrHasMore) {
  const std::string der = SmallKey();
  for (std::size_t n = 0; n < der.size(); ++n) {
    EXPECT_FALSE(PublicKey::Parse(KeyAlgorithm::kRsa, der.substr(0, n))) << n;
  }
  EXPECT_FALSE(PublicKey::Parse(KeyAlgorithm::kRsa, der + "x"));
}

TEST(PublicKey, SurvivesEveryAlteredOctet) {
  const std::string der = SmallKey();
  const Sha256Digest digest{};
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string altered = der;
      altered[i] = static_cast<char>(altered[i] ^ flip);
      const auto key = PublicKey::Parse(KeyAlgorithm::kRsa, altered);
      EXPECT_FALSE(key && key->Verify(digest, std::string(128, 'x')));
    }
  }
}

TEST(PublicKey, RefusesNumbersThatCannotWork) {
  const std::string der = SmallKey();
  std::string even_exponent = der;
  even_exponent.back() = 0;
  EXPECT_FALSE(PublicKey::Parse(KeyAlgorithm::kRsa, even_exponent));
  std::string even_modulus = der;
  even_modulus[der.size() - 6] = 0;
  EXPECT_FALSE(PublicKey::Parse(KeyAlgorithm::kRsa, even_modulus));
}

TEST(PublicKey, WantsAll32OctetsOfAnEd25519Key) {
  EXPECT_TRUE(PublicKey::Parse(KeyAlgorithm::kEd25519, std::string(32, 'k')));
  EXPECT_FALSE(PublicKey::Parse(KeyAlgorithm::kEd25519, std::string(31, 'k')));
  EXPECT_FALSE(PublicKey::Parse(KeyAlgorithm::kEd25519, std::string(44, 'k')));
}

}  // namespace
}  // namespace gatepost::auth
