// Reads a whole file that an administrator named, without the traps: no device, no pipe that never
// ends, no file that outgrows memory. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.h"

namespace gatepost::config {

// The bytes of a regular file (symbolic links are followed), or why not, without the path in the
// message: kNotFound, kPermission, kLimit (longer than `max_bytes`), kInvalid (not a regular file),
// kInternal. Never waits for a writer of a pipe.
base::Result<std::string> ReadRegularFile(const std::string& path, std::size_t max_bytes);

}  // namespace gatepost::config
