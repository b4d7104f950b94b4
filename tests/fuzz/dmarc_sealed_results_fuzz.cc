// Whatever a sealer wrote, reading it is bounded, and text in comments and quotes makes no result:
// what stands behind an open quote or comment never passes DMARC for anybody.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "milters/dmarc/sealed_results.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const mail::Domain author = mail::Domain::Parse("example.org").value();
  const auto results = dmarc::ParseSealedResults(text);
  Check(results.size() <= dmarc::kMaxSealedResults);
  for (const mail::MethodResult& result : results) {
    Check(result.properties.size() <= dmarc::kMaxSealedResults);
    Check(result.method.find(';') == std::string::npos || text.find('"') != std::string::npos);
  }
  dmarc::SaysDmarcPass(results, author);
  dmarc::RemoteIpOf(results);
  if (text.find_first_of("\"\\()") == std::string::npos) {
    const std::string hidden = "mx; spf=pass reason=\"" + text;
    Check(!dmarc::SaysDmarcPass(dmarc::ParseSealedResults(hidden), author));
    Check(!dmarc::SaysDmarcPass(dmarc::ParseSealedResults("mx; (" + text), author));
  }
  return 0;
}
