// Landlock of the kernel (Linux 5.13 and later): no file and no port can be opened from now on,
// whatever the system calls. Called once, by the only thread.
#pragma once

#include <cstdint>

#include "common/base/result.h"

namespace gatepost::attachments {

// The version that confines; 0: the kernel has none. kPermission: it has, and yet it failed.
base::Result<std::uint8_t> DenyAllByLandlock();

}  // namespace gatepost::attachments
