// gatepost-test-report-rows URL DAY DOMAIN ADDRESS...: puts a row about the domain into the store,
// as the program that judges mail does. For tests/integration.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "common/report/report_store.h"
#include "common/store/open.h"
#include "tests/tools/dmarc-report/rows.h"

int main(int argc, char** argv) {
  using namespace gatepost;
  if (argc < 5) return 64;
  store::StoreOptions options;
  options.url = argv[1];
  const auto store = store::Open(options);
  report::AggregateRow row = dmarc_report::RowFrom("192.0.2.1");
  row.policy.domain = row.header_from = argv[3];
  const auto added = report::ReportStore(*store).Add(
      std::strtoll(argv[2], nullptr, 10), row, std::vector<std::string>(argv + 4, argv + argc),
      std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!added) std::cerr << added.error().message << "\n";
  return added ? 0 : 1;
}
