// Every option of gatepost-privileged, with its default. Plain values, filled at start and at
// reload.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/config/option_table.h"

namespace gatepost::privileged {

// Programs by absolute path; "": the verbs that need it answer "not configured".
struct CommandOptions {
  std::string postsuper = "/usr/sbin/postsuper";
  std::string postqueue = "/usr/sbin/postqueue";
  std::string postcat = "/usr/sbin/postcat";
  std::string sendmail = "/usr/sbin/sendmail";
  std::string postfix_config;  // "": the program's own
  std::string doveadm = "/usr/bin/doveadm";
  std::string dovecot_config;  // "": the program's own
  std::string new_password;    // the site's hook
  std::chrono::milliseconds time_limit = std::chrono::seconds(10);
};

struct PrivilegedOptions {
  std::string socket = "fd:3";
  std::string mode = "0660";
  std::string group;
  std::vector<std::string> users;
  std::vector<std::string> groups{"gatepost"};
  std::chrono::milliseconds idle_exit = std::chrono::seconds(60);
  CommandOptions commands;
};

// Declares them all, bound to `options`.
void Declare(config::OptionTable& table, PrivilegedOptions& options);

}  // namespace gatepost::privileged
