// What others than the rate limiter tell the detector of stolen accounts about one: bounces and
// complaints of mail that it sent before, and that an administrator lifts its suspension
// (store::scripts::kWatch).
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

// What was counted is forgotten, what was seen is familiar.
inline std::vector<std::string> ForgiveArguments() { return {"forgive"}; }

}  // namespace gatepost::limits
