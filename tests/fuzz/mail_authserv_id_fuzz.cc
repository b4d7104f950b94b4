// The id that a strict reader finds is always found by the suspicious one, whatever stands there;
// and no bytes before or behind an id, in blanks, hide it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/mail/authserv_id.h"
#include "common/mail/domain.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  mail::ClaimsAuthservId(value, "mx.example.org");
  const auto id = mail::ParseAuthservId(value);
  if (id && mail::Domain::Parse(*id)) Check(mail::ClaimsAuthservId(value, *id));
  const std::string behind = " MX.Example.org " + std::string(value);
  Check(mail::ClaimsAuthservId(behind, "mx.example.org"));
  if (value.find(';') == std::string_view::npos) {
    const std::string before = std::string(value) + " . mx.example.org ; none";
    Check(mail::ClaimsAuthservId(before, "mx.example.org"));
  }
  return 0;
}
