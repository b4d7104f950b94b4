// What proves that a token is ours: an HMAC over its fields with the site's secret. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gatepost::quarantine {

// A shorter secret could be guessed.
inline constexpr std::size_t kLeastSecretBytes = 16;

// 32 bytes. No two lists of fields are sealed alike; the first one says what the token is for.
std::string Seal(std::string_view secret, std::initializer_list<std::string_view> fields);

// For texts: two digits a byte.
std::string Hex(std::string_view bytes);

// The file's first line, without blanks around it. "" for no path: what needs a secret is off.
// Errors are ReadSecretFile's, and kInvalid for one that is too short.
base::Result<std::string> LoadSecret(const std::string& path);

}  // namespace gatepost::quarantine
