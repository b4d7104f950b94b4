// Tells recipients of held mail, in the background: each gets a notice with a code by which he may
// release it, a bounded number a day among all hosts; administrators get an event of what is
// dangerous. Any thread may post; posting never waits.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/quarantine/held_message.h"
#include "common/store/store.h"
#include "milters/attachments/hold_notice_writer.h"

namespace gatepost::attachments {

struct HoldNoticeSite {
  std::string hostname;
  std::string secret;  // of the codes; "": notices have none
  std::chrono::milliseconds code_life = std::chrono::hours(24 * 7);
  store::Store& store;  // these three outlive the notices
  journal::Journal& journal;
  const base::Clock& clock;
};

class HoldNotices {
 public:
  // Reads the table and the texts, for --check-config and Use. Throws config::ConfigError.
  static std::shared_ptr<const HoldNoticeWriter> Load(const HoldNoticeOptions& options,
                                                      const std::string& hostname);

  HoldNotices(std::shared_ptr<const HoldNoticeWriter> writer, HoldNoticeSite site);
  // Tries what is left once more, for two seconds at most.
  ~HoldNotices();

  // `automatic`: the message has Auto-Submitted other than "no", or is a mailing list's. Posted
  // before the message is on hold: a code is good from then on.
  void Post(const quarantine::HeldMessage& message, bool automatic = false);
  // What is posted from now on is written and sent by this one's options.
  void Use(std::shared_ptr<const HoldNoticeWriter> writer);
  // For tests: returns when all that was posted has been sent or given up.
  void Flush();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatepost::attachments
