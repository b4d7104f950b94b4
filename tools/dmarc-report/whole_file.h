// Writes a file for the dry run. Any thread.
#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::dmarc_report {

// Replaces what was there. kPermission where it cannot be written.
base::Result<void> WriteWhole(const std::filesystem::path& path, std::string_view bytes);

}  // namespace gatepost::dmarc_report
