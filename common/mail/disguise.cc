#include "common/mail/disguise.h"

#include <string>

#include "common/base/strings.h"
#include "common/mail/character_class.h"
#include "common/mail/encoded_word.h"

namespace gatepost::mail {
namespace {

// A name that repeats its own address more often than this is a disguise of its own, and each
// comparison may cost an IDN mapping.
constexpr int kMaxOwnAddresses = 16;

constexpr std::string_view kFullwidthAt = "\xef\xbc\xa0";  // U+FF20
constexpr std::string_view kSmallAt = "\xef\xb9\xab";      // U+FE6B

bool MayHoldAddress(std::string_view text) {
  return text.find('@') != std::string_view::npos || text.find("=?") != std::string_view::npos ||
         text.find(kFullwidthAt) != std::string_view::npos ||
         text.find(kSmallAt) != std::string_view::npos;
}

// What a reader sees: encoded words decoded, backslashes gone, every kind of "@" the same.
std::string AsSeen(std::string_view shown) {
  const std::string decoded = DecodeEncodedWords(shown);
  std::string seen;
  for (std::size_t at = 0; at < decoded.size(); ++at) {
    const std::string_view next = std::string_view(decoded).substr(at, kSmallAt.size());
    if (next == kFullwidthAt || next == kSmallAt) {
      seen += '@';
      at += next.size() - 1;
    } else if (decoded[at] != '\\') {
      seen += decoded[at];
    }
  }
  return seen;
}

bool IsLocalByte(char c) { return IsAtext(c) || c == '.'; }
bool IsDomainByte(char c) {
  return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) || c == '-' || c == '.' || IsNonAscii(c);
}

// The longest address-like text round text[at], an "@"; empty where one side is missing.
std::string_view AddressAround(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && IsLocalByte(text[begin - 1])) --begin;
  std::size_t end = at + 1;
  while (end < text.size() && IsDomainByte(text[end])) ++end;
  if (begin == at || end == at + 1) return {};
  return text.substr(begin, end - begin);
}

bool IsSame(std::string_view text, const Address& own) {
  if (text.ends_with('.')) text.remove_suffix(1);
  const auto address = ParsePath(text);
  return address && address->domain == own.domain &&
         base::EqualsIgnoreCase(address->local_part, own.local_part);
}

}  // namespace

bool HoldsAddress(std::string_view shown, const Address* own) {
  if (!MayHoldAddress(shown)) return false;
  const std::string seen = AsSeen(shown);
  int own_addresses = 0;
  for (std::size_t at = seen.find('@'); at != std::string::npos; at = seen.find('@', at + 1)) {
    const std::string_view text = AddressAround(seen, at);
    if (text.empty()) continue;
    if (own == nullptr || ++own_addresses > kMaxOwnAddresses || !IsSame(text, *own)) return true;
  }
  return false;
}

}  // namespace gatepost::mail
