#include "tools/privileged/verb_policy.h"

#include <utility>

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using Argv = std::vector<std::string>;

constexpr int kNobodyWasThere = 68;  // doveadm: nothing was found

// A program with its "-c configuration", where there is one.
Result<Argv> Start(const std::string& program, const std::string& configuration,
                   std::string_view option) {
  if (program.empty()) {
    return Fail(ErrorKind::kNotFound, "not configured: commands." + std::string(option));
  }
  if (configuration.empty()) return Argv{program};
  return Argv{program, "-c", configuration};
}

Result<std::vector<Command>> Postsuper(const char* flag, const std::string& queue_id,
                                       std::string_view expected, const CommandOptions& options) {
  auto argv = Start(options.postsuper, options.postfix_config, "postsuper");
  if (!argv) return tl::unexpected(argv.error());
  argv->insert(argv->end(), {flag, queue_id});
  return std::vector<Command>{{std::move(*argv), expected, {0}}};
}

// A released message waits in the deferred queue for its turn.
Result<std::vector<Command>> Release(const std::string& queue_id, const CommandOptions& options) {
  auto commands = Postsuper("-H", queue_id, "Released from hold: 1 ", options);
  if (!commands || options.postqueue.empty()) return commands;
  auto argv = Start(options.postqueue, options.postfix_config, "postqueue");
  argv->insert(argv->end(), {"-i", queue_id});
  commands->push_back({std::move(*argv), "", {0}});
  return commands;
}

// The message's file is named by its queue, "hold/4XyZ0123".
Result<std::vector<Command>> Held(const std::string& queue_id, const CommandOptions& options) {
  auto argv = Start(options.postcat, options.postfix_config, "postcat");
  if (!argv) return tl::unexpected(argv.error());
  argv->insert(argv->end(), {"-e", "-q", queue_id});
  return std::vector<Command>{
      {std::move(*argv), "*** ENVELOPE RECORDS hold/", {0}, "fatal: open queue file "}};
}

// Who has no session is as good as kicked.
Result<std::vector<Command>> Kick(const std::string& user, const CommandOptions& options) {
  auto argv = Start(options.doveadm, options.dovecot_config, "doveadm");
  if (!argv) return tl::unexpected(argv.error());
  argv->insert(argv->end(), {"kick", user});
  return std::vector<Command>{{std::move(*argv), "", {0, kNobodyWasThere}}};
}

Result<std::vector<Command>> NewPassword(const std::string& user, const CommandOptions& options) {
  auto argv = Start(options.new_password, "", "new_password");
  if (!argv) return tl::unexpected(argv.error());
  argv->push_back(user);
  return std::vector<Command>{{std::move(*argv), "", {0}}};
}

}  // namespace

Result<std::vector<Command>> CommandsFor(const Request& request, const CommandOptions& options) {
  switch (request.verb) {
    case Verb::kKick:
      return Kick(request.argument, options);
    case Verb::kRelease:
      return Release(request.argument, options);
    case Verb::kHeld:
      return Held(request.argument, options);
    case Verb::kReleaseTo:
    case Verb::kAccepted:
      break;
    case Verb::kHold:
      return Postsuper("-h", request.argument, "Placed on hold: 1 ", options);
    case Verb::kDelete:
      return Postsuper("-d", request.argument, "Deleted: 1 ", options);
    case Verb::kNewPassword:
      return NewPassword(request.argument, options);
  }
  return Fail(ErrorKind::kInvalid, "unknown verb");
}

}  // namespace gatepost::privileged
