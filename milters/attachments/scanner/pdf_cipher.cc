#include "milters/attachments/scanner/pdf_cipher.h"

#include <algorithm>
#include <stdexcept>

#include "common/auth/crypto_document.h"

namespace gatepost::attachments {
namespace {

// Each reads all that is encrypted once more.
constexpr std::size_t kMostWays = 13;

std::string LittleEndianText(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

// Algorithm 1.
std::string ObjectKey(const std::string& key, std::uint64_t number, std::uint64_t generation,
                      std::string_view salt) {
  const std::string text =
      key + LittleEndianText(number, 3) + LittleEndianText(generation, 2) + std::string(salt);
  return auth::Md5(text).substr(0, std::min<std::size_t>(key.size() + 5, 16));
}

// What fills up the last block says how much it is; readers take what does not.
std::string DecryptAes(const std::string& key, std::string_view text) {
  constexpr std::size_t kBlock = 16;
  if (text.size() < kBlock) return {};
  std::string out = auth::DecryptAesCbc(key, text.substr(0, kBlock), text.substr(kBlock));
  const std::size_t padding = out.empty() ? 0 : static_cast<unsigned char>(out.back());
  if (padding > 0 && padding <= kBlock) out.resize(out.size() - padding);
  return out;
}

// Where the host allows no digest so old, what it locks stays locked.
std::string TriedKey(const PdfEncryption& encryption) {
  try {
    return KeyWithoutPassword(encryption);
  } catch (const std::runtime_error&) {
    return {};
  }
}

}  // namespace

void PdfCipher::AddWay(bool allowed, Method method, const std::string& key) {
  const Way way{method, key};
  if (allowed && std::ranges::find(ways_, way) == ways_.end()) ways_.push_back(way);
}

bool PdfCipher::Add(const PdfEncryption& encryption) {
  const std::string key = TriedKey(encryption);
  if (key.empty() || ways_.size() >= kMostWays) return false;
  // Which method holds is said in crypt filters, somewhere in the file: readers differ in where.
  AddWay(encryption.revision <= 4, Method::kRc4, key);
  constexpr std::size_t kShortestForAes = 11;  // as five bytes are added
  AddWay(encryption.revision <= 4 && key.size() >= kShortestForAes, Method::kObjectAes, key);
  AddWay(encryption.revision >= 5, Method::kFileAes, key);
  return true;
}

std::string PdfCipher::Decrypt(std::size_t way, std::uint64_t number, std::uint64_t generation,
                               std::string_view text) const {
  const auto& [method, key] = ways_[way];
  switch (method) {
    case Method::kRc4:
      return auth::Rc4(ObjectKey(key, number, generation, ""), text);
    case Method::kObjectAes:
      return DecryptAes(ObjectKey(key, number, generation, "sAlT"), text);
    case Method::kFileAes:
      return DecryptAes(key, text);
    case Method::kNothing:
      break;
  }
  return std::string(text);
}

}  // namespace gatepost::attachments
