#include "common/milter/listen_options.h"

#include <optional>
#include <string_view>

namespace gatepost::milter {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> CheckMode(std::string_view mode) {
  const bool octal = mode.find_first_not_of("01234567") == std::string_view::npos;
  if (octal && (mode.size() == 3 || (mode.size() == 4 && mode[0] == '0'))) return std::nullopt;
  return "must be an octal mode like \"0660\"";
}

}  // namespace

void Declare(config::OptionTable& table, ListenOptions& options) {
  table.Section("server", "Where Postfix reaches this program. Changes need a restart.");
  table.Text(
      "socket", options.socket,
      "unix:/path, inet:port@address, inet6:port@[address], or fd:3 for a socket that systemd "
      "opened. Postfix looks a unix path up inside its queue directory.");
  table.Text("socket_mode", options.mode, "The mode of a unix socket, as chmod takes it.",
             CheckMode);
  table.Text(
      "socket_group", options.group,
      "The group of a unix socket, so that Postfix can connect; empty keeps this program's.");
  table.Duration("drain_timeout", options.drain_timeout, 0s, 10min,
                 "How long running messages may take to finish when the program is told to stop.");
}

ServerOptions ToServerOptions(const std::string& program, const ListenOptions& options) {
  ServerOptions server;
  server.name = program;
  server.socket = options.socket;
  server.socket_mode = static_cast<unsigned>(std::stoul(options.mode, nullptr, 8));
  server.socket_group = options.group;
  server.drain_timeout = std::chrono::duration_cast<std::chrono::seconds>(options.drain_timeout);
  return server;
}

}  // namespace gatepost::milter
