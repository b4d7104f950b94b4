// Names of content types that come over the wire, kept as long as the program, as a ContentType
// only points to its name. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gatepost::attachments {

inline constexpr std::size_t kMostTypeNameBytes = 32;
// Far more than formats are told apart.
inline constexpr std::size_t kMostTypeNames = 512;

// The kept text that equals `name`. Nothing where it is no name (lower case letters, digits, "-",
// "." and "+"), or where there are too many already, so that a scanner that was broken into cannot
// fill memory.
std::optional<std::string_view> KeepTypeName(std::string_view name);

}  // namespace gatepost::attachments
