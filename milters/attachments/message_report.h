// Tells what became of one message: the decision record, the log line, counters and events. Any
// thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/milter/verdict.h"
#include "milters/attachments/message_context.h"
#include "milters/attachments/rules_policy.h"

namespace gatepost::attachments {

struct MessageReport {
  explicit MessageReport(const Outcome& what) : outcome(what) {}

  const Outcome& outcome;
  std::string_view verdict;       // pass, tag, replace, hold, discard, refuse, defer, released
  std::string reply;              // "550 5.7.1 ...", where one was given
  bool breaks_signature = false;  // of the sender, as a part was replaced
  std::string trouble;            // "": none
  std::size_t items = 0;
  std::size_t recipients = 0;
  std::chrono::microseconds spent{0};
};

void Send(const MessageReport& report, const MessageContext& context);

// "550 5.7.1 text"
std::string OneLine(const milter::Reply& reply);

}  // namespace gatepost::attachments
