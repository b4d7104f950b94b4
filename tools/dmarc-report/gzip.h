// gzip (RFC 1952), of what is in memory. Pure function; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::dmarc_report {

// The same text gives the same bytes: no name, no time. kInternal where zlib fails.
base::Result<std::string> Gzip(std::string_view text);

}  // namespace gatepost::dmarc_report
