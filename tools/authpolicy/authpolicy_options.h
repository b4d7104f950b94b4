// Every option of gatepost-authpolicy, with its default. Declare() turns them into authpolicy.toml,
// its errors and its documentation. Filled at start and reload by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ip_address.h"
#include "common/config/option_table.h"
#include "tools/authpolicy/guess_memory.h"
#include "tools/authpolicy/guess_policy.h"

namespace gatepost::authpolicy {

struct ListenOptions {
  std::string address = "127.0.0.1:4001";
  std::int64_t threads = 8;
  std::int64_t max_connections = 256;
  friend bool operator==(const ListenOptions&, const ListenOptions&) = default;
};

struct AuthPolicyOptions {
  ListenOptions listen;
  std::string secret_file;  // "": none is asked for
  Mode suspension_mode = Mode::kEnforce;
  std::string suspended_text = "This account is suspended. Please contact your postmaster.";
  GuessRules guessing;
  MemoryTerms memory;
  std::string blocked_text = "Too many failed logins. Please try again later.";
  std::vector<base::Network> exempt_networks;

  AuthPolicyOptions();
};

void Declare(config::OptionTable& table, AuthPolicyOptions& options);

}  // namespace gatepost::authpolicy
