#include "common/auth/crypto_der.h"

#include <cstddef>

namespace gatepost::auth {
namespace {

constexpr unsigned char kInteger = 0x02;
constexpr unsigned char kBitString = 0x03;
constexpr unsigned char kNull = 0x05;
constexpr unsigned char kObjectId = 0x06;
constexpr unsigned char kSequence = 0x30;
constexpr std::string_view kRsaEncryption = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

unsigned char At(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Takes a length off the front: one octet, or up to two after 0x81 or 0x82.
std::optional<std::size_t> TakeLength(std::string_view& der) {
  if (der.empty()) return std::nullopt;
  const unsigned char first = At(der, 0);
  const std::size_t octets = first < 0x80 ? 0 : first & 0x7fu;
  if (first == 0x80 || octets > 2 || der.size() < 1 + octets) return std::nullopt;
  std::size_t length = octets == 0 ? first : 0;
  for (std::size_t i = 1; i <= octets; ++i) length = length << 8 | At(der, i);
  der.remove_prefix(1 + octets);
  return length;
}

// Takes one element of the type off the front and returns its content.
std::optional<std::string_view> Take(std::string_view& der, unsigned char type) {
  if (der.empty() || At(der, 0) != type) return std::nullopt;
  der.remove_prefix(1);
  const std::optional<std::size_t> length = TakeLength(der);
  if (!length || *length > der.size()) return std::nullopt;
  const std::string_view content = der.substr(0, *length);
  der.remove_prefix(*length);
  return content;
}

// A positive number without its leading zeros.
std::optional<std::string_view> TakePositive(std::string_view& der) {
  std::optional<std::string_view> number = Take(der, kInteger);
  if (!number || number->empty() || At(*number, 0) >= 0x80) return std::nullopt;
  while (!number->empty() && number->front() == '\0') number->remove_prefix(1);
  if (number->empty()) return std::nullopt;
  return number;
}

std::optional<RsaNumbers> ReadNumbers(std::string_view sequence) {
  const auto modulus = TakePositive(sequence);
  if (!modulus) return std::nullopt;
  const auto exponent = TakePositive(sequence);
  if (!exponent || !sequence.empty()) return std::nullopt;
  return RsaNumbers{*modulus, *exponent};
}

bool IsRsaEncryption(std::string_view algorithm) {
  if (Take(algorithm, kObjectId) != kRsaEncryption) return false;
  return algorithm.empty() || (Take(algorithm, kNull) == "" && algorithm.empty());
}

// What a SubjectPublicKeyInfo carries, given what stands inside its outer sequence.
std::optional<std::string_view> TakeWrappedKey(std::string_view& info) {
  const auto algorithm = Take(info, kSequence);
  if (!algorithm || !IsRsaEncryption(*algorithm)) return std::nullopt;
  auto bits = Take(info, kBitString);
  if (!bits || bits->empty() || bits->front() != '\0' || !info.empty()) return std::nullopt;
  bits->remove_prefix(1);  // how many bits at the end are unused: none
  return bits;
}

}  // namespace

std::optional<RsaNumbers> ReadRsaPublicKey(std::string_view der) {
  std::optional<std::string_view> content = Take(der, kSequence);
  if (!content || !der.empty() || content->empty()) return std::nullopt;
  if (At(*content, 0) == kInteger) return ReadNumbers(*content);
  std::optional<std::string_view> wrapped = TakeWrappedKey(*content);
  if (!wrapped) return std::nullopt;
  const auto numbers = Take(*wrapped, kSequence);
  if (!numbers || !wrapped->empty()) return std::nullopt;
  return ReadNumbers(*numbers);
}

}  // namespace gatepost::auth
