// What happened, for people and dashboards: one decision record per message and program, counters
// per minute, and events worth a person's look. Recording never waits and never fails: a background
// thread writes batches to the store; the queue is bounded and what it drops is counted.
// Any thread may record.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"

namespace gatepost::journal {

// One rule's part in a decision.
struct RuleOutcome {
  std::string rule;      // the option's name
  std::string outcome;   // "pass", "refuse", "sign" ...
  std::string evidence;  // why, in words or key=value
  bool shadow = false;   // decided and counted, not enforced
};

struct DecisionRecord {
  std::string queue_id;
  std::string sasl_user;
  std::string client;  // address
  std::string envelope_from;
  std::string verdict;  // accept, reject, tempfail, ...
  std::string reply;    // the text sent, if any
  std::vector<RuleOutcome> rules;
  std::chrono::microseconds spent{0};  // our own time, waiting included
  std::string account;  // the user in its one spelling: the message is listed under it; "": not
  std::int64_t recipients = 0;  // that were accepted; 0: the program does not count them
};

struct Event {
  std::string kind;     // "key_unreadable", "store_down", ...
  std::string subject;  // what it is about: a domain, a user, an address
  std::string text;     // one sentence for a person
};

class Journal {
 public:
  virtual ~Journal() = default;
  virtual void Record(DecisionRecord record) = 0;
  // `name` is a metric's name from the program's fixed list, never made from input.
  virtual void Count(std::string_view name, std::uint64_t by = 1) = 0;
  // Equal events (kind and subject) within a minute are told once.
  virtual void Report(Event event) = 0;
};

}  // namespace gatepost::journal
