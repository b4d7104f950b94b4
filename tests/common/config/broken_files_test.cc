// Each broken/NAME.toml is refused with exactly the text of broken/NAME.expected. The table is that
// of every_option.h, or the site's where the name begins with "site_".
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/config/site_options.h"
#include "tests/common/config/every_option.h"

namespace gatepost::config {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> BrokenFiles() {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::directory_iterator(GATEPOST_SOURCE_DIR "/tests/common/config/broken")) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BrokenFile : public testing::TestWithParam<std::string> {};

TEST_P(BrokenFile, IsRefusedWithExactlyItsText) {
  const fs::path folder = GATEPOST_SOURCE_DIR "/tests/common/config/broken";
  const std::string name = GetParam() + ".toml";
  EveryOption options;
  SiteOptions site;
  OptionTable table("gatepost-test", name);
  if (name.substr(0, 5) == "site_") {
    Declare(table, site);
  } else {
    Declare(table, options);
  }
  const std::string before = table.FormatEffective();
  EXPECT_EQ(ConfigErrorOf([&] { table.Parse(ReadAll(folder / name), name); }) + "\n",
            ReadAll(folder / (GetParam() + ".expected")));
  EXPECT_EQ(table.FormatEffective(), before) << "a variable changed";
}

INSTANTIATE_TEST_SUITE_P(Folder, BrokenFile, testing::ValuesIn(BrokenFiles()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace gatepost::config
