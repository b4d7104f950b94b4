#include "common/auth/dmarc_uri.h"

#include <algorithm>
#include <utility>

#include "common/base/strings.h"
#include "common/mail/address.h"

namespace gatepost::auth {
namespace {

constexpr std::string_view kPunctuation = "-._~:/?#[]@$&'()*+;=%";  // "!" and "," are encoded here

bool IsAlphanumeric(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); }

bool IsUriByte(char c) {
  return IsAlphanumeric(c) || kPunctuation.find(c) != std::string_view::npos;
}

int HexValue(char c) {
  if (base::IsAsciiDigit(c)) return c - '0';
  const char lower = base::AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Nothing where a "%" has no two hexadecimal digits behind it.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

bool IsScheme(std::string_view scheme) {
  return !scheme.empty() && base::IsAsciiAlpha(scheme.front()) &&
         std::ranges::all_of(
             scheme, [](char c) { return IsAlphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

// obs-dmarc-report-size without its "!".
bool IsSize(std::string_view size) {
  if (!size.empty() &&
      std::string_view("kmgt").find(base::AsciiLower(size.back())) != std::string_view::npos) {
    size.remove_suffix(1);
  }
  return !size.empty() && std::ranges::all_of(size, base::IsAsciiDigit);
}

bool NeedsSmtpUtf8(const mail::Address& address) {
  return std::ranges::any_of(address.local_part,
                             [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// `target` is what stands after "mailto:", decoded. Envelope paths know angle brackets and source
// routes; URIs do not.
std::optional<DmarcUri> ReadMailto(std::string_view target) {
  if (target.starts_with('<') || target.starts_with('@')) return std::nullopt;
  const base::Result<mail::Address> address = mail::ParsePath(target);
  if (!address) return std::nullopt;
  return DmarcUri{NeedsSmtpUtf8(*address) ? "" : address->Format()};
}

}  // namespace

std::optional<DmarcUri> ParseDmarcUri(std::string_view text) {
  const std::size_t mark = text.find('!');
  if (mark != std::string_view::npos && !IsSize(text.substr(mark + 1))) return std::nullopt;
  const auto uri = base::SplitOnce(text.substr(0, mark), ':');
  if (!uri || !IsScheme(uri->first) || uri->second.empty()) return std::nullopt;
  if (!std::ranges::all_of(uri->second, IsUriByte)) return std::nullopt;
  const bool is_mailto = base::EqualsIgnoreCase(uri->first, "mailto");
  const std::string_view target =
      is_mailto ? uri->second.substr(0, uri->second.find('?')) : uri->second;
  if (is_mailto && target.find('#') != std::string_view::npos) return std::nullopt;
  const std::optional<std::string> decoded = PercentDecode(target);
  if (!decoded) return std::nullopt;
  return is_mailto ? ReadMailto(*decoded) : DmarcUri{};
}

}  // namespace gatepost::auth
