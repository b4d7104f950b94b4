// What Dovecot tells of a login, before and after it checks the password, and what it is answered:
// its auth policy protocol, JSON over HTTP. The only user of the JSON library. Pure functions; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace gatepost::authpolicy {

struct LoginAttempt {
  std::string login;       // as the client gave it
  std::string pwhash;      // of nonce, login and password, cut short; "" where it is not sent
  base::IpAddress client;  // kNone where it is not known
  std::string protocol;    // "imap", "smtp"
  std::string session_id;
  bool success = false;  // in reports alone, like all below
  bool policy_reject = false;
  std::string fail_type;  // Dovecot 2.4: "internal", "credentials" ...; "" in 2.3
};

// A JSON object with the attributes of auth_policy_request_attributes; what it has besides is
// ignored, and of two of one name the last counts. kInvalid without a login, or where login or
// remote is of another type or size; any other such attribute is as good as absent. kLimit for deep
// nesting and what is larger than the HTTP server takes.
base::Result<LoginAttempt> ParseAttempt(std::string_view json);

// `status`: -1 refuses the login, 0 lets the password decide, above it is seconds to wait first.
// `message` is shown to the client of a refused login.
std::string FormatReply(std::int64_t status, std::string_view message);

}  // namespace gatepost::authpolicy
