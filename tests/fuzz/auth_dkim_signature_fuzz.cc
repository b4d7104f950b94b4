// Scans a DKIM-Signature value; what it accepts keeps its promises.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/auth/dkim_signature.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::auth;
  const SignatureLimits limits;
  const gatepost::mail::HeaderField field{"DKIM-Signature",
                                          std::string(reinterpret_cast<const char*>(data), size)};
  const ScannedSignature scanned = ScanSignature(field, limits);
  if (!scanned.signature) {
    Require(!scanned.signature.error().message.empty());
    return 0;
  }
  const DkimSignature& signature = *scanned.signature;
  Require(size <= limits.max_bytes);
  Require(signature.domain.has_value() && signature.domain->label_count() >= 2);
  Require(signature.query_name.size() <= 253);
  Require(!signature.signed_names.empty());
  Require(signature.signed_names.size() <= limits.max_signed_fields);
  Require(!signature.signature.empty());
  Require(signature.without_b.value.size() < size);
  Require(!scanned.claims.domain.empty());
  return 0;
}
