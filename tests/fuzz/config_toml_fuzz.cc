// A TOML file for a table with an option of every type. What is refused changes nothing; what is
// taken prints as a file that gives the same values.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/common/config/every_option.h"

namespace {

using gatepost::config::ConfigErrorOf;
using gatepost::config::EveryOption;
using gatepost::config::OptionTable;

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  EveryOption options;
  OptionTable table("gatepost-test", "test.toml");
  Declare(table, options);
  if (!ConfigErrorOf([&] { table.Parse(text, "test.toml"); }).empty()) {
    Require(options == EveryOption());
    return 0;
  }
  EveryOption again;
  OptionTable second("gatepost-test", "test.toml");
  Declare(second, again);
  second.Parse(table.FormatEffective(), "printed");
  Require(again == options);
  return 0;
}
