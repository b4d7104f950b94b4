// Mail of our own about limits and accounts: written from templates in the reader's language, sent
// by a thread of its own, each at most once in its time among all hosts. While the store is away
// each host remembers by itself what it told. Any thread may post; posting never waits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/limits/limit.h"
#include "common/store/store.h"
#include "milters/ratelimit/ratelimit_options.h"

namespace gatepost::ratelimit {

enum class NoticeKind {
  kLimitNear,   // to the owner, and to the domain's administrator
  kSuspicious,  // to the administrators
  kThrottled,   // to the administrators
  kSuspended,   // to the administrators, and in other words to the owner
};

struct NoticeFacts {
  NoticeKind kind = NoticeKind::kLimitNear;
  std::string account;
  // What the template may name: {"limit", "250 recipients an hour"}, {"evidence", "..."}.
  std::vector<std::pair<std::string, std::string>> values;
  std::string once;                      // one notice of this kind, account and name ...
  std::chrono::milliseconds once_in{0};  // ... in this time
  bool tell_owner = true;
  // A limit that the reader's language has words for; {limit} then needs no value.
  struct NamedLimit {
    std::int64_t amount = 0;
    limits::Limit limit;
  };
  std::optional<NamedLimit> limit{};
};

class Notices {
 public:
  // Reads the tables and texts, and throws them away: for --check-config and reload. Throws
  // config::ConfigError.
  static void Check(const NoticeRules& rules, const std::string& hostname);

  // `store`, `journal` and `clock` outlive it. Throws config::ConfigError for a table or template
  // that cannot be read.
  Notices(const NoticeRules& rules, const std::string& hostname, store::Store& store,
          journal::Journal& journal, const base::Clock& clock = base::SystemClock::Instance());
  // Tries what is left once more, for a few seconds at most.
  ~Notices();

  void Post(NoticeFacts facts);
  // For tests: returns when all that was posted has been sent or given up.
  void Flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::ratelimit
