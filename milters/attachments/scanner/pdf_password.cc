#include "milters/attachments/scanner/pdf_password.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/auth/crypto_document.h"

namespace gatepost::attachments {
namespace {

// What fills up passwords (section 7.6.4.3.2): the empty one is nothing else.
constexpr std::string_view kPadding =
    "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
    "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";
constexpr std::string_view kPaddingBytes(kPadding.data(), 32);

std::string Little32Text(std::int32_t value) {
  std::string text;
  for (int i = 0; i < 4; ++i) {
    text += static_cast<char>(static_cast<std::uint32_t>(value) >> (8 * i) & 0xFF);
  }
  return text;
}

// Algorithm 2 with the empty password.
std::string FileKey(const PdfEncryption& encryption, std::size_t bytes) {
  std::string text(kPaddingBytes);
  text += encryption.owner.substr(0, 32) + Little32Text(encryption.permissions) + encryption.id;
  if (encryption.revision >= 4 && !encryption.encrypts_metadata) text += "\xFF\xFF\xFF\xFF";
  std::string key = auth::Md5(text);
  for (int i = 0; encryption.revision >= 3 && i < 50; ++i) key = auth::Md5(key.substr(0, bytes));
  return key.substr(0, bytes);
}

// Algorithms 4 and 5: what /U would be, as far as it is compared.
std::string ExpectedUser(const PdfEncryption& encryption, const std::string& key) {
  if (encryption.revision == 2) return auth::Rc4(key, kPaddingBytes);
  std::string text = auth::Rc4(key, auth::Md5(std::string(kPaddingBytes) + encryption.id));
  for (char i = 1; i < 20; ++i) {
    std::string round_key = key;
    for (char& c : round_key) c = static_cast<char>(c ^ i);
    text = auth::Rc4(round_key, text);
  }
  return text;
}

// What is said of its length need not be true for a reader: the one holds by which /U fits.
std::string OldKey(const PdfEncryption& encryption) {
  for (std::size_t bytes = 5; bytes <= 16; ++bytes) {
    std::string key = FileKey(encryption, bytes);
    if (encryption.user.starts_with(ExpectedUser(encryption, key))) return key;
  }
  return {};
}

// Algorithm 2.B with the empty password: rounds of AES over repetitions, and of the hash that the
// result chooses.
std::string HardenedHash(std::string hash) {
  for (unsigned round = 0;; ++round) {
    std::string repeated;
    for (int i = 0; i < 64; ++i) repeated += hash;
    const std::string_view key = std::string_view(hash).substr(0, 16);
    const std::string encrypted =
        auth::EncryptAes128Cbc(key, std::string_view(hash).substr(16, 16), repeated);
    unsigned sum = 0;
    for (const char c : encrypted.substr(0, 16)) sum += static_cast<std::uint8_t>(c);
    constexpr std::array<unsigned, 3> kBits{256, 384, 512};
    hash = auth::Sha2(kBits[sum % 3], encrypted);
    const auto last = static_cast<std::uint8_t>(encrypted.back());
    if (round >= 63 && last <= round - 31) return hash.substr(0, 32);
  }
}

constexpr std::size_t kHashBytes = 32, kSaltBytes = 8;

// Algorithm 2.A: which of the two salts behind the hash in /U.
std::string Hash(const PdfEncryption& encryption, std::size_t salt) {
  const std::string hash =
      auth::Sha2(256, encryption.user.substr(kHashBytes + salt * kSaltBytes, kSaltBytes));
  return encryption.revision == 6 ? HardenedHash(hash) : hash;
}

std::string NewKey(const PdfEncryption& encryption) {
  if (encryption.user.size() < kHashBytes + 2 * kSaltBytes) return {};
  if (encryption.user_key.size() < kHashBytes) return {};
  if (!encryption.user.starts_with(Hash(encryption, 0))) return {};
  return auth::DecryptAesCbc(Hash(encryption, 1), std::string(16, '\0'),
                             encryption.user_key.substr(0, kHashBytes));
}

}  // namespace

std::string KeyWithoutPassword(const PdfEncryption& encryption) {
  if (encryption.user.size() < kHashBytes || encryption.owner.size() < kHashBytes) return {};
  if (encryption.revision >= 2 && encryption.revision <= 4) return OldKey(encryption);
  if (encryption.revision == 5 || encryption.revision == 6) return NewKey(encryption);
  return {};
}

}  // namespace gatepost::attachments
