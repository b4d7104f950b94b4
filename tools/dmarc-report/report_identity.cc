#include "tools/dmarc-report/report_identity.h"

#include <charconv>
#include <cstddef>

#include "common/auth/crypto.h"

namespace gatepost::dmarc_report {

std::string HexDigest(std::string_view text) {
  auth::Sha256 hash;
  hash.Update(text);
  const auto digest = hash.Finish();
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto byte = std::to_integer<unsigned>(digest[i]);
    hex += kHex[byte >> 4];
    hex += kHex[byte & 0x0f];
  }
  return hex;
}

std::string ReportIdentity::Id() const {
  // No domain holds a blank.
  return HexDigest(submitter + " " + domain + " " + std::to_string(day));
}

std::string ReportIdentity::FileName() const {
  return submitter + "!" + domain + "!" + std::to_string(begin()) + "!" + std::to_string(end()) +
         "!" + Id() + ".xml";
}

std::uint32_t ReportIdentity::Spread() const {
  const std::string id = Id();
  std::uint32_t value = 0;
  std::from_chars(id.data(), id.data() + 8, value, 16);
  return value;
}

}  // namespace gatepost::dmarc_report
