#include "tests/support/suite.h"

#include <cstdlib>
#include <filesystem>

namespace gatepost::test {
namespace {

namespace fs = std::filesystem;

std::string IfThere(const fs::path& path) { return fs::exists(path) ? path.string() : ""; }

}  // namespace

std::string SharedData(std::string_view file) {
  if (const char* const folder = std::getenv("GATEPOST_SHARED_DATA")) {
    return IfThere(fs::path(folder) / file);
  }
  for (fs::path at = GATEPOST_SOURCE_DIR; at != at.parent_path(); at = at.parent_path()) {
    std::string found = IfThere(at.parent_path() / "shared" / "data" / file);
    if (!found.empty()) return found;
  }
  return "";
}

std::string SuiteBytes(const YAML::Node& scalar) {
  const std::string text = scalar.as<std::string>("");
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool two = (byte == 0xc2 || byte == 0xc3) && i + 1 < text.size();
    if (two) {
      bytes += static_cast<char>((byte << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU)));
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace gatepost::test
