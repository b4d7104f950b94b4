// PowerPoint's older presentations ([MS-PPT]): a stream of records within each other. Pure
// functions; any thread.
#pragma once

#include <functional>
#include <string_view>

#include "milters/attachments/property.h"
#include "milters/attachments/scanner/format_budget.h"

namespace gatepost::attachments {

inline constexpr std::size_t kMostPresentation = 32 << 20;

// A compound file within it, unpacked: a macro project, a control or an object.
using OnStorage = std::function<void(std::string_view bytes)>;

// kActiveControl, kEncryptedDocument; kEmbeddedObject and macros by what `on_storage` finds.
Properties InspectPresentation(std::string_view stream, FormatBudget& budget,
                               const OnStorage& on_storage);

// Of the stream "Current User".
bool SaysEncrypted(std::string_view current_user);

}  // namespace gatepost::attachments
