// Bytes from the store, damaged or not: a row is read only where encoding it gives the same bytes.
// And foreign text in any value: what is written is bounded and can be read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/report/aggregate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatepost::report;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto row = DecodeRow(text);
  if (row && Encode(*row) != text) std::abort();

  AggregateRow made;
  const std::string start = text.substr(0, 600);  // longer than every bound of a value
  const std::string tail = start.substr(start.size() / 2);
  made.source_ip = made.header_from = made.envelope_to = start;
  made.policy.domain = made.policy.failure_options = tail;
  made.reasons.assign(size % 11, {tail, start});
  made.spf.assign(size % 4, {start, "mfrom", tail});
  made.dkim.assign(size % 120, {tail, start, "pass", start});
  const std::string bytes = Encode(made);
  const auto back = DecodeRow(bytes);
  if (bytes.size() > 8'192 || !back || Encode(*back) != bytes) std::abort();
  return 0;
}
