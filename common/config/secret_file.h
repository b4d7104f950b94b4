// Reads private keys and passwords, and refuses files that others could read or change. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.h"

namespace gatepost::config {

inline constexpr std::size_t kMaxSecretBytes = std::size_t{64} * 1024;

// The whole file: a regular one of at most kMaxSecretBytes, owned by root or by us, not writable by
// group or others, not readable by others, readable by a group only if it is one of ours. Else
// kNotFound, kPermission or kInternal with a sentence that begins with the path.
base::Result<std::string> ReadSecretFile(const std::string& path);

}  // namespace gatepost::config
