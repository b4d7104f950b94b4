// What rules may ask of the message itself. Values; any thread.
#pragma once

#include <optional>
#include <string>

#include "common/base/ip_address.h"

namespace gatepost::attachments {

enum class Direction { kIn, kOut };

struct MessageFacts {
  Direction direction = Direction::kIn;
  std::string user;    // the account in its one spelling; "" for none
  std::string sender;  // the envelope's, lower case; "" is the null sender
  std::string sender_domain;
  base::IpAddress client;
  std::string authentication;        // "pass", "fail", "none" of DMARC; "" unknown
  std::optional<double> reputation;  // of the client, -1 to 1; nothing: unknown
};

}  // namespace gatepost::attachments
