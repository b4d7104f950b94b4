// Mail of our own about limits and accounts: written from templates in the reader's language, sent
// by a thread of its own, each at most once in its time among all hosts. While the store is away
// each host remembers by itself what it told. Any thread may post; posting never waits.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/store/store.h"
#include "milters/ratelimit/notice_writer.h"
#include "milters/ratelimit/ratelimit_options.h"

namespace gatepost::ratelimit {

class Notices {
 public:
  // Reads the tables and texts: for --check-config and, at reload, for Use. Throws
  // config::ConfigError.
  static std::shared_ptr<const NoticeWriter> Load(const NoticeRules& rules, const NoticeSite& site);

  // `store`, `journal` and `clock` outlive it. Throws config::ConfigError for a table or template
  // that cannot be read.
  Notices(const NoticeRules& rules, const NoticeSite& site, store::Store& store,
          journal::Journal& journal, const base::Clock& clock = base::SystemClock::Instance());
  // Tries what is left once more, for a few seconds at most.
  ~Notices();

  void Post(NoticeFacts facts);
  // What is posted from now on is written by this one.
  void Use(std::shared_ptr<const NoticeWriter> writer);
  // For tests: returns when all that was posted has been sent or given up.
  void Flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::ratelimit
