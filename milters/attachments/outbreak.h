// The same file from many senders within an hour. A sender is told by domain and by client network,
// and both must be many: one company mails a file from many networks, one host for many domains.
// All hosts count together, in sets of the store that are bounded and expire. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/store/store.h"
#include "milters/attachments/content_type.h"

namespace gatepost::attachments {

struct OutbreakTerms {
  std::int64_t senders = 10;  // 2 to 250: so many are an outbreak
  std::chrono::milliseconds window = std::chrono::hours(1);
  std::chrono::milliseconds lasts = std::chrono::hours(6);  // once it is one, from then on
  std::chrono::milliseconds budget{20};                     // for one message
};

// What came of one file.
struct Sighting {
  std::string sha256;
  std::int64_t senders =
      0;  // the fewer of domains and networks; about four times the terms at most
  bool outbreak = false;
  bool just_now = false;  // this message made it one
};

class Outbreaks {
 public:
  // More files of one message are not counted.
  static constexpr std::size_t kMostFiles = 16;

  // `store` outlives it; its shared part is asked alone.
  Outbreaks(store::Store& store, OutbreakTerms terms) : store_(store.shared()), terms_(terms) {}

  // Pictures and texts come from many senders by themselves, as signatures and logos do.
  static bool Counts(Kind kind);

  // Counts the files of one message, in one round trip; each hash once, in order. Bounces (an empty
  // `sender_domain`) return what others sent, so they count for nothing: no sightings. The error is
  // the store's; nothing is known then.
  base::Result<std::vector<Sighting>> Note(const std::vector<std::string>& sha256s,
                                           std::string_view sender_domain,
                                           const base::IpAddress& client,
                                           base::Deadline deadline) const;

 private:
  store::Store& store_;
  const OutbreakTerms terms_;
};

}  // namespace gatepost::attachments
