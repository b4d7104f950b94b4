// A record that parses keeps its bounds, and may be written down and read again with the same
// outcome; its addresses are safe in an envelope.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/auth/dmarc_record.h"
#include "common/mail/address.h"

namespace {

using namespace gatepost;
using auth::DmarcRecord;

void Check(bool holds) {
  if (!holds) std::abort();
}

std::string Percent(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHex[byte / 16], kHex[byte % 16]};
  }
  return encoded;
}

std::string Uris(const std::vector<std::string>& addresses) {
  std::string list;
  for (const std::string& address : addresses) list += "mailto:" + Percent(address) + "!1m , ";
  return list;
}

void CheckAddresses(const std::vector<std::string>& addresses) {
  Check(addresses.size() <= auth::kMaxDmarcUris);
  for (const std::string& address : addresses) {
    const auto parsed = mail::ParsePath(address);
    Check(parsed && parsed->Format() == address);
    for (const char c : address) Check(c >= 0x20 && c < 0x7f);
  }
}

std::string Write(const DmarcRecord& record) {
  std::string text = "v=DMARC1; p=" + std::string(Name(record.policy));
  if (record.subdomain_policy) text += "; sp=" + std::string(Name(*record.subdomain_policy));
  if (record.nonexistent_policy) text += "; np=" + std::string(Name(*record.nonexistent_policy));
  if (record.dkim_alignment == auth::Alignment::kStrict) text += "; adkim=s";
  if (record.spf_alignment == auth::Alignment::kStrict) text += "; aspf=s";
  if (record.public_suffix == auth::PublicSuffixFlag::kYes) text += "; psd=y";
  if (record.public_suffix == auth::PublicSuffixFlag::kNo) text += "; psd=n";
  if (record.testing) text += "; t=y";
  text += "; rua=" + Uris(record.aggregate_uris) + "; ruf=" + Uris(record.failure_uris);
  std::string options;
  for (const char c : record.failure_options)
    options += std::string(options.empty() ? "" : ":") + c;
  return text + "; fo=" + options;
}

void CheckAgain(const DmarcRecord& record) {
  const std::string text = Write(record);
  if (text.size() > auth::kMaxDmarcRecordBytes) return;
  const auto again = auth::ParseDmarcRecord(text);
  Check(again && again->applicable && Write(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto record = auth::ParseDmarcRecord(text);
  Check(auth::IsDmarcRecord(text) || !record);
  if (!record) return 0;
  CheckAddresses(record->aggregate_uris);
  CheckAddresses(record->failure_uris);
  CheckAgain(*record);
  return 0;
}
