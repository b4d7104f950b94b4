// Excel's older workbooks ([MS-XLS]): a stream of records. Pure functions; any thread.
#pragma once

#include <string_view>

#include "milters/attachments/property.h"

namespace gatepost::attachments {

// So much of the stream tells what there is to know: what stands before the sheets.
inline constexpr std::size_t kMostWorkbook = 8 << 20;

// kMacro for Excel 4.0 macro sheets, kAutoMacro where a name makes one run by itself,
// kEncryptedDocument, kDynamicExchange.
Properties InspectWorkbook(std::string_view stream);

}  // namespace gatepost::attachments
