// A held message for tests.
#pragma once

#include "common/quarantine/held_message.h"

namespace gatepost::quarantine {

inline HeldMessage Example(std::string queue_id = "4XyZ01") {
  HeldMessage message;
  message.queue_id = std::move(queue_id);
  message.host = "mail.example.org";
  message.since = base::WallTime(std::chrono::milliseconds(1'763'793'600'123));
  message.sender = "news@example.net";
  message.client = "192.0.2.1";
  message.recipients = {{"alice@example.org", "", {}}, {"bob@example.org", "", {}}};
  message.from = "News <news@example.net>";
  message.to = "alice@example.org, bob@example.org";
  message.subject = "=?utf-8?q?Caf=C3=A9?=";
  message.date = "Mon, 2 Nov 2026 10:00:00 +0000";
  message.message_id = "<1@example.net>";
  message.decisions = {{"macros", "order.docm", "type=ooxml property=macro"}};
  message.attachments = {{"order.docm", "ooxml", 12'345}};
  return message;
}

}  // namespace gatepost::quarantine
