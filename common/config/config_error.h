// What is thrown when the configuration cannot be used. main prints what() and leaves with
// kExitBadConfig; a reload logs it and keeps what runs.
#pragma once

#include <stdexcept>

namespace gatepost::config {

// what() is one line per problem, without a newline after the last, each
// `dkim.toml:12:3: unknown key "selecter", did you mean "selector"?`.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr int kExitBadConfig = 78;  // EX_CONFIG of sysexits.h

}  // namespace gatepost::config
