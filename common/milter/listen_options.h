// Where Postfix reaches a program: options that every milter has, fixed while it runs.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "common/config/option_table.h"
#include "common/milter/server.h"

namespace gatepost::milter {

struct ListenOptions {
  explicit ListenOptions(std::string default_socket) : socket(std::move(default_socket)) {}

  std::string socket;
  std::string mode = "0660";  // octal, as chmod takes it
  std::string group;
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(30);

  friend bool operator==(const ListenOptions&, const ListenOptions&) = default;
};

// The section [server]. `options` must outlive the table.
void Declare(config::OptionTable& table, ListenOptions& options);

// `program` is the name that logs and systemd see.
ServerOptions ToServerOptions(const std::string& program, const ListenOptions& options);

}  // namespace gatepost::milter
