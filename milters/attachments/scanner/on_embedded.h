// How an inspector hands on the files that it finds within a document. Called by the inspector, in
// its thread.
#pragma once

#include <functional>
#include <string>

#include "milters/attachments/scanner/content.h"

namespace gatepost::attachments {

// A file within a document: told with what name it has there ("" for none) and its content, which
// lives during the call. One with several names is told once for each that ends differently.
using OnEmbedded = std::function<void(const std::string& name, const Content& content)>;

}  // namespace gatepost::attachments
