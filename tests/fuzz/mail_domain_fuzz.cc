// A name that parses is in its one form, which parses to itself, and so does what people see.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mail/domain.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto domain = mail::Domain::Parse(text);
  if (!domain) return 0;
  Check(!domain->ascii().empty() && domain->ascii().size() <= 253);
  for (char c : domain->ascii()) Check(c > ' ' && c < 0x7f && (c < 'A' || c > 'Z'));
  Check(mail::Domain::Parse(domain->ascii()) == *domain);
  Check(mail::Domain::Parse(domain->ascii() + '.') == *domain);
  Check(mail::Domain::Parse(domain->Display()) == *domain);
  Check(domain->IsWithin(*domain));
  unsigned labels = 1;
  for (auto parent = domain->Parent(); parent; parent = parent->Parent(), ++labels) {
    Check(domain->IsWithin(*parent) && !parent->IsWithin(*domain));
  }
  Check(labels == domain->label_count());
  return 0;
}
