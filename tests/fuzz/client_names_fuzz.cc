// The name that a client gives in HELO, and a configured row of a block list. The first byte says
// which.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "milters/dmarc/block_lists.h"
#include "milters/dmarc/client_names.h"
#include "tests/support/memory_resolver.h"

namespace {

using namespace gatepost;

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckHelo(std::string_view helo) {
  test::MemoryResolver resolver("*.example A 192.0.2.1\n");
  const auto client = base::IpAddress::Parse("192.0.2.1").value();
  dmarc::HeloCheck check(helo, client, resolver);
  Check(check.Advance());
  const dmarc::HeloOutcome& outcome = check.outcome();
  Check(!(outcome.is_name && outcome.is_literal));
  Check(outcome.is_name || !(outcome.resolves || outcome.matches));
  Check(!outcome.matches || outcome.resolves);
  Check(resolver.Total() == (outcome.is_name ? 3U : 0U));
  if (outcome.is_literal) Check(helo.front() == '[' && helo.back() == ']');
}

std::string Format(const dmarc::BlockList& list) {
  std::string row = list.zone.ascii();
  row += list.kind == dmarc::ListKind::kAddress ? " address" : " domain";
  for (const auto& code : list.codes) {
    row += " " + code.first.Format() + "-" + code.last.Format() + "=" + std::to_string(code.weight);
  }
  return row;
}

void CheckRow(std::string_view row) {
  const auto list = dmarc::BlockList::Parse(row);
  if (!list) return;
  Check(!list->codes.empty() && list->codes.size() <= dmarc::BlockList::kMostCodes);
  for (const auto& code : list->codes) {
    Check(list->Find(code.first) == &code && list->Find(code.last) == &code && code.weight != 0);
  }
  const std::string again = Format(*list);
  Check(Format(dmarc::BlockList::Parse(again).value()) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.front() == 'h') {
    CheckHelo(text.substr(1));
  } else {
    CheckRow(text.substr(1));
  }
  return 0;
}
