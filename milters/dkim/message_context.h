// What both handlers get of the service and of the message, and how they tell what they did.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/journal/journal.h"
#include "common/log/log.h"
#include "common/milter/connection.h"
#include "common/milter/verdict.h"
#include "milters/dkim/dkim_configuration.h"

namespace gatepost::dkim {

struct MessageContext {
  std::shared_ptr<const DkimConfiguration> configuration;
  const milter::Connection& connection;
  const milter::Envelope& envelope;
  const base::Clock& clock;
  journal::Journal& journal;
};

// The decision record that every message begins with.
journal::DecisionRecord BeginRecord(const MessageContext& context, std::string verdict);

// Adds the queue id, the client and the user to a log line.
void Describe(const MessageContext& context, log::Line& line);

// Replies end in a reference that `gatepost explain` knows: the queue id.
milter::Verdict Refuse(const MessageContext& context, std::string enhanced, std::string text);
milter::Verdict AskToComeBack(const MessageContext& context, std::string enhanced,
                              std::string text);

}  // namespace gatepost::dkim
