#include "tools/dmarc-report/whole_file.h"

#include <fstream>

namespace gatepost::dmarc_report {

base::Result<void> WriteWhole(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes << std::flush;
  if (file.good()) return {};
  return base::Fail(base::ErrorKind::kPermission, "cannot write " + path.string());
}

}  // namespace gatepost::dmarc_report
