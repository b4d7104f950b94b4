// Bounces and complaints about mail that an account sent before: how they are told to what the
// detector of stolen accounts remembers of it, and what that says of them (store::scripts::kWatch).
// Pure; any thread.
//
//   const auto keys = WatchKeys(UserText("alice@example.org"));
//   store.Run(store::scripts::kWatch, keys, FeedbackArguments(3, 0), deadline);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/keys.h"

namespace gatepost::limits {

// `subject` is the account's, "user alice@example.org".
inline std::array<store::Key, 2> WatchKeys(std::string_view subject) {
  return {store::KeyMaker::Watch(subject), store::KeyMaker::KnownRecipients(subject)};
}

inline std::vector<std::string> FeedbackArguments(std::int64_t bounces, std::int64_t complaints) {
  return {"feedback", std::to_string(bounces), std::to_string(complaints)};
}

}  // namespace gatepost::limits
