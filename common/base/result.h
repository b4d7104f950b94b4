// How Gatepost reports expected failures (bad bytes, DNS, Redis, limits): as values, never as
// exceptions. Everyone uses this header; it has no state.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace gatepost::base {

enum class ErrorKind {
  kInvalid,      // the input is not what its grammar asks for
  kNotFound,     // what was asked for does not exist
  kPermission,   // the operating system or a policy of ours forbids it
  kUnavailable,  // the other side is away, refuses or is in a state in which it cannot serve
  kTimeout,      // a deadline passed
  kLimit,        // a bound of ours was reached
  kInternal,     // a library failed without a reason that a caller could act on
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  // one sentence for the log; never a secret
};

// A value or an Error. It becomes std::expected by changing this alias.
template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message)});
}

}  // namespace gatepost::base
