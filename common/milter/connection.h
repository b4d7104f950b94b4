// What is known of an SMTP connection and of the message under way on it. Filled by the server,
// read by handlers; callbacks of one connection follow each other in different threads, never at
// the same time.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/ip_address.h"

namespace gatepost::milter {

struct Connection {
  base::IpAddress client;   // none for a local socket
  std::string client_name;  // the verified name; "[address]" or "unknown" where there is none
  std::string helo;
  std::string daemon_name;   // {daemon_name}: tells submission from port 25
  std::string mta_hostname;  // {j}
  std::string tls_version;   // "" without TLS
};

// The envelope's part that is known before the first recipient, and the queue id when it is known.
struct Envelope {
  std::string reverse_path;          // as sent, without angle brackets; "" is the null sender
  std::string sasl_user;             // {auth_authen}; "" when not authenticated
  std::string sasl_sender;           // {auth_author}
  std::string queue_id;              // {i}: "" until the first accepted recipient
  std::uint64_t declared_bytes = 0;  // SIZE= (RFC 1870); 0 where the client did not say
  bool local_submission = false;     // came through sendmail(1), not through SMTP
};

}  // namespace gatepost::milter
