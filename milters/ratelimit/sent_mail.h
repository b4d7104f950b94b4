// What an account sent before it was suspended, in a form that its owner understands: how much, and
// from where. Of the addresses only networks are told, as neighbours share them and the sum of them
// is small. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/store/store.h"

namespace gatepost::ratelimit {

struct SentMail {
  static constexpr std::size_t kMostNetworks = 8;

  std::int64_t messages = 0;
  std::int64_t recipients = 0;
  // With the number of messages, those with most of them first: "192.0.2.0/24 (12),
  // 2001:db8:1::/48 (2)"; "localhost" is this host's web mail. "": none is known.
  std::string networks;
};

// `messages` as the journal lists an account's (KeyMaker::AccountMessages), in any order; what is
// older than `begin` or not understood is passed over.
SentMail Summarize(const std::vector<store::Fields>& messages, base::WallTime begin);

}  // namespace gatepost::ratelimit
