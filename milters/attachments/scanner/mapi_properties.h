// A list of MAPI properties as TNEF stores it ([MS-OXTNEF] 2.1.3.4). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "milters/attachments/scanner/content.h"

namespace gatepost::attachments {

struct MapiProperty {
  std::uint16_t type = 0;  // without the flag for many values
  std::uint16_t id = 0;
  std::uint64_t offset = 0;  // of the value, in the list's content
  std::uint64_t size = 0;
};

// Tells each value of each property, as far as the list is sound; false where it is not.
bool ForEachMapiProperty(const Content& list,
                         const std::function<void(const MapiProperty&)>& on_property);

}  // namespace gatepost::attachments
