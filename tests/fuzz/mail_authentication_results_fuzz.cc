// Whatever the values hold, the field is one field, its lines are short, it has as many results as
// were given, and it carries our id. The input is cut into strings at 0x1f.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/strings.h"
#include "common/mail/authentication_results.h"
#include "common/mail/authserv_id.h"
#include "common/mail/character_class.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

std::vector<mail::MethodResult> MakeResults(std::string_view input) {
  const auto parts = base::Split(input, '\x1f');
  const auto part = [&](std::size_t i) { return std::string(i < parts.size() ? parts[i] : ""); };
  std::vector<mail::MethodResult> results;
  for (std::size_t i = 0; i < parts.size() && i < 400; i += 8) {
    results.push_back(
        {part(i),
         part(i + 1),
         part(i + 2),
         part(i + 3),
         {{"smtp", "mailfrom", part(i + 4)}, {part(i + 5), part(i + 6), part(i + 7)}}});
    results.push_back({"dkim", "pass", part(i), part(i + 1), {{"header", "d", part(i + 2)}}});
  }
  return results;
}

void CheckLines(std::string_view value) {
  Check(value.starts_with(' '));
  Check(mail::IsCleanText(value) && value.find('\r') == std::string_view::npos);
  for (std::string_view line : base::Split(value, '\n')) {
    Check(line.size() < 998 && !base::Trim(line).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto results = MakeResults({reinterpret_cast<const char*>(data), size});
  const std::string value = mail::FormatAuthenticationResults("mx.example.org", results);
  CheckLines(value);
  Check(mail::ClaimsAuthservId(value, "mx.example.org"));
  Check(mail::ParseAuthservId(value) == "mx.example.org");
  // Every second result is whole; a reader that cuts at each ";" sees no more than there are.
  const auto semicolons = static_cast<std::size_t>(std::count(value.begin(), value.end(), ';'));
  Check(semicolons >= std::max<std::size_t>(results.size() / 2, 1));
  Check(semicolons <= results.size());
  Check(std::count(value.begin(), value.end(), '"') % 2 == 0);
  Check(value.find('\\') == std::string::npos);
  return 0;
}
