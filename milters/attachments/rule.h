// A rule as an administrator writes it, one line of the rules file:
//
//   executables   enforce  refuse      kind=executable,script,shortcut  class=dangerous
//   macros        enforce  quarantine  property=macro direction=in
//   big-from-bob  shadow   tag         user=bob@example.org size>20MB
//   own-tool      enforce  pass        sha256=9f86d0...  network=192.0.2.0/24
//
// Name, mode, action, conditions. All conditions must hold; of the values of one condition any. A
// condition with "!=" holds where none of its values fits. Pure functions and values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "milters/attachments/item.h"

namespace gatepost::attachments {

// From the mildest to the strictest: of several for one message the strictest holds. To refuse is
// stricter than to discard, as the sender hears of it.
enum class Action { kPass, kTag, kReplace, kQuarantine, kDiscard, kRefuse };
enum class Mode { kEnforce, kShadow, kOff };
// Who may release what a rule holds: for kPolicy the recipient too, for kDangerous administrators
// alone.
enum class HoldClass { kPolicy, kDangerous };
enum class Direction { kIn, kOut };

std::string_view Name(Action action);         // "quarantine"
std::string_view Name(Mode mode);             // "enforce"
std::string_view Name(HoldClass hold_class);  // "policy"

// What is known of the message itself.
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
