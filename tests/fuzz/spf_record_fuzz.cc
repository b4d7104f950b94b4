// Any text after "v=spf1": the parser takes or refuses it, and what it takes expands, is evaluated
// by libspf2 and comes to an end.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/auth/spf_libspf2.h"
#include "common/auth/spf_record.h"

namespace {

using namespace gatepost;
using namespace gatepost::auth;

void Require(bool condition) {
  if (!condition) std::abort();
}

void Evaluate(const SpfRecord& record, std::string_view client_text) {
  const base::IpAddress client = base::IpAddress::Parse(client_text).value();
  FirstMatchWithLibspf2(record.mechanisms, client);
  for (const SpfTerm& term : record.mechanisms) {
    if (!term.AsksDns() || term.IsRecord()) continue;
    Require(MatchWithLibspf2(term, client, {}, 10) == SpfMatch::kNo);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = "v=spf1 " + std::string(reinterpret_cast<const char*>(data), size);
  const auto record = SpfRecord::Parse(text);
  if (!record) {
    Require(record.error().message.size() < 100);
    return 0;
  }
  for (const SpfTerm& term : record->mechanisms) {
    Require(term.prefix4 <= 32 && term.prefix6 <= 128);
    Require(text.find(term.text) != std::string::npos);
  }
  Evaluate(*record, "192.0.2.1");
  Evaluate(*record, "2001:db8::1");
  return 0;
}
