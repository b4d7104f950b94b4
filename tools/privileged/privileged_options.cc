#include "tools/privileged/privileged_options.h"

#include <optional>
#include <string_view>

namespace gatepost::privileged {
namespace {

using namespace std::chrono_literals;

// The peer's identity is known on local sockets alone.
std::optional<std::string> CheckSocket(std::string_view text) {
  if (text.starts_with("unix:/") || text.starts_with("fd:")) return std::nullopt;
  return "must be unix:/path or fd:3";
}

std::optional<std::string> CheckMode(std::string_view text) {
  const bool octal = text.size() == 4 && text[0] == '0' &&
                     text.find_first_not_of("01234567") == std::string_view::npos;
  if (octal) return std::nullopt;
  return "must be four octal digits such as 0660";
}

void DeclareServer(config::OptionTable& t, PrivilegedOptions& o) {
  t.Section("server", "Who may ask, and where.");
  t.Text("socket", o.socket,
         "\"fd:3\", the socket that systemd listens on and starts the program for, or "
         "\"unix:/path\".",
         CheckSocket);
  t.Text("mode", o.mode, "The mode of a unix: socket's file, as chmod(1) takes it.", CheckMode);
  t.Text("group", o.group, "The group of a unix: socket's file. If empty, the process's own.");
  t.TextList("users", o.users,
             "Users who may ask, beside root; those of the Gatepost programs. Who is not named is "
             "refused, whatever the socket's mode.");
  t.TextList("groups", o.groups, "Groups whose members may ask.");
  t.Duration("idle_exit", o.idle_exit, 0ms, 24h,
             "With \"fd:3\", the program ends when nobody has asked for this long; systemd starts "
             "it again. 0s: never.");
}

void DeclareCommands(config::OptionTable& t, CommandOptions& o) {
  t.Section("commands",
            "What is run, each without a shell and with an empty environment. A program must "
            "belong to root and be writable for nobody else. An empty path switches off the verbs "
            "that need it.");
  t.Path("postsuper", o.postsuper, "Holds, releases and deletes messages in Postfix's queue.");
  t.Path("postqueue", o.postqueue, "Has Postfix try a released message at once.");
  t.Path("postcat", o.postcat, "Reads a message that is held.");
  t.Path("sendmail", o.sendmail,
         "Postfix's sendmail, which delivers a copy of a held message to one of its recipients.");
  t.Path("postfix_config", o.postfix_config,
         "Postfix's configuration directory. If empty, the usual one.");
  t.Path("doveadm", o.doveadm, "Ends sessions (doveadm kick).");
  t.Path("dovecot_config", o.dovecot_config,
         "Dovecot's configuration file. If empty, the usual one.");
  t.Path("new_password", o.new_password,
         "A program of the site's own that gives an account a new password, or locks it. It is "
         "run with the account's name as its only argument.");
  t.Duration("time_limit", o.time_limit, 100ms, 60s,
             "How long a program may run; then it is killed and the request has failed.");
}

}  // namespace

void Declare(config::OptionTable& table, PrivilegedOptions& options) {
  DeclareServer(table, options);
  DeclareCommands(table, options.commands);
}

}  // namespace gatepost::privileged
