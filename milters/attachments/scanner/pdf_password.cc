#include "milters/attachments/scanner/pdf_password.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>

#include "common/auth/crypto_document.h"

namespace gatepost::attachments {
namespace {

// What fills up passwords (section 7.6.4.3.2): the empty one is nothing else.
constexpr std::string_view kPadding =
    "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
    "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";
constexpr std::string_view kPaddingBytes(kPadding.data(), 32);

std::string Rc4(std::string_view key, std::string_view text) {
  std::array<std::uint8_t, 256> state;
  std::iota(state.begin(), state.end(), std::uint8_t{0});
  std::uint8_t j = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    j = static_cast<std::uint8_t>(j + state[i] + static_cast<std::uint8_t>(key[i % key.size()]));
    std::swap(state[i], state[j]);
  }
  std::string out;
  std::uint8_t i = 0;
  j = 0;
  for (const char c : text) {
    j = static_cast<std::uint8_t>(j + state[++i]);
    std::swap(state[i], state[j]);
    const auto at = static_cast<std::uint8_t>(state[i] + state[j]);
    out += static_cast<char>(static_cast<std::uint8_t>(c) ^ state[at]);
  }
  return out;
}

std::string Little32Text(std::int32_t value) {
  std::string text;
  for (int i = 0; i < 4; ++i) {
    text += static_cast<char>(static_cast<std::uint32_t>(value) >> (8 * i) & 0xFF);
  }
  return text;
}

// Algorithm 2 with the empty password.
std::string FileKey(const PdfEncryption& encryption) {
  std::string text(kPaddingBytes);
  text += encryption.owner.substr(0, 32) + Little32Text(encryption.permissions) + encryption.id;
  if (encryption.revision >= 4 && !encryption.encrypts_metadata) text += "\xFF\xFF\xFF\xFF";
  const std::size_t bytes = encryption.revision == 2 ? 5
                            : encryption.revision == 4
                                ? 16
                                : std::clamp<std::size_t>(encryption.key_bits / 8, 5, 16);
  std::string key = auth::Md5(text);
  for (int i = 0; encryption.revision >= 3 && i < 50; ++i) key = auth::Md5(key.substr(0, bytes));
  return key.substr(0, bytes);
}

// Algorithms 4 and 5: what /U would be, as far as it is compared.
std::string ExpectedUser(const PdfEncryption& encryption) {
  const std::string key = FileKey(encryption);
  if (encryption.revision == 2) return Rc4(key, kPaddingBytes);
  std::string text = Rc4(key, auth::Md5(std::string(kPaddingBytes) + encryption.id));
  for (char i = 1; i < 20; ++i) {
    std::string round_key = key;
    for (char& c : round_key) c = static_cast<char>(c ^ i);
    text = Rc4(round_key, text);
  }
  return text;
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

}  // namespace

bool OpensWithoutPassword(const PdfEncryption& encryption) {
  constexpr std::size_t kHashBytes = 32, kSaltBytes = 8;
  if (encryption.user.size() < kHashBytes || encryption.owner.size() < kHashBytes) return false;
  if (encryption.revision >= 2 && encryption.revision <= 4) {
    const std::string expected = ExpectedUser(encryption);
    return encryption.user.starts_with(expected);
  }
  if (encryption.revision != 5 && encryption.revision != 6) return false;
  std::string hash = auth::Sha2(256, encryption.user.substr(kHashBytes, kSaltBytes));
  if (encryption.revision == 6) hash = HardenedHash(hash);
  return encryption.user.starts_with(hash);
}

}  // namespace gatepost::attachments
