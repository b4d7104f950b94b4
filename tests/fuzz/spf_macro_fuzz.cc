// The first line is a macro string, the second the values: expansion ends, within its bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/auth/spf_macro.h"

namespace {

using namespace gatepost;
using namespace gatepost::auth;

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view value = input.substr(std::min(end + 1, input.size()));
  SpfMacroValues values;
  values.local_part = values.helo = values.receiver = values.validated_name = value;
  values.sender_domain = values.domain = "mail.example.org";
  values.client = base::IpAddress::Parse(size % 2 == 0 ? "192.0.2.1" : "2001:db8::1").value();
  for (const auto use : {SpfMacroUse::kName, SpfMacroUse::kModifier, SpfMacroUse::kExplanation}) {
    const auto macro = SpfMacroString::Parse(input.substr(0, end), use);
    if (!macro) continue;
    const std::string name = macro->ExpandName(values);
    Require(name.size() <= 253);
    Require(macro->ExpandText(values, 500).size() <= 500);
    macro->NeedsValidatedName();
  }
  return 0;
}
