#include "tools/dmarc-report/report_identity.h"

#include <charconv>
#include <cstddef>

#include "common/auth/crypto.h"

namespace gatepost::dmarc_report {

std::string ReportIdentity::Id() const {
  auth::Sha256 hash;
  // No domain holds a blank.
  hash.Update(submitter + " " + domain + " " + std::to_string(day));
  const auto digest = hash.Finish();
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto byte = std::to_integer<unsigned>(digest[i]);
    id += kHex[byte >> 4];
    id += kHex[byte & 0x0f];
  }
  return id;
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
