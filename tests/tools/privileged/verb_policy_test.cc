#include "tools/privileged/verb_policy.h"

namespace gatepost::privileged {
namespace {

CommandOptions Everything() {
  CommandOptions options;
  options.postfix_config = "/etc/other";
  options.dovecot_config = "/etc/other.conf";
  options.new_password = "/usr/local/sbin/new-password";
  return options;
}

// "program arguments" of each command, and after " => " what its output must hold.
std::vector<std::string> Describe(const Request& request, const CommandOptions& options) {
  std::vector<std::string> lines;
  const auto commands = CommandsFor(request, options);
  if (!commands) return {commands.error().message};
  for (const Command& command : *commands) {
    std::string line;
    for (const std::string& word : command.argv) line += (line.empty() ? "" : " ") + word;
    if (!command.expected_output.empty()) line += " => " + std::string(command.expected_output);
    lines.push_back(line);
  }
  return lines;
}

TEST(VerbPolicyTest, MakesACommandOfEachVerb) {
  struct Case {
    Request request;
    std::vector<std::string> want;
  };
  const std::vector<Case> cases = {
      {{Verb::kKick, "eva"}, {"/usr/bin/doveadm kick eva"}},
      {{Verb::kRelease, "0123AB"},
       {"/usr/sbin/postsuper -H 0123AB => Released from hold: 1 ",
        "/usr/sbin/postqueue -i 0123AB"}},
      {{Verb::kHeld, "0123AB"}, {"/usr/sbin/postcat -e -q 0123AB => *** ENVELOPE RECORDS hold/"}},
      {{Verb::kHold, "0123AB"}, {"/usr/sbin/postsuper -h 0123AB => Placed on hold: 1 "}},
      {{Verb::kDelete, "0123AB"}, {"/usr/sbin/postsuper -d 0123AB => Deleted: 1 "}},
      {{Verb::kNewPassword, "eva"}, {"not configured: commands.new_password"}},
  };
  for (const auto& [request, want] : cases) EXPECT_EQ(Describe(request, {}), want);
}

TEST(VerbPolicyTest, UsesTheConfigurationsThatAreNamed) {
  struct Case {
    Request request;
    std::vector<std::string> want;
  };
  const std::vector<Case> cases = {
      {{Verb::kKick, "eva"}, {"/usr/bin/doveadm -c /etc/other.conf kick eva"}},
      {{Verb::kRelease, "0123AB"},
       {"/usr/sbin/postsuper -c /etc/other -H 0123AB => Released from hold: 1 ",
        "/usr/sbin/postqueue -c /etc/other -i 0123AB"}},
      {{Verb::kNewPassword, "eva"}, {"/usr/local/sbin/new-password eva"}},
  };
  for (const auto& [request, want] : cases) EXPECT_EQ(Describe(request, Everything()), want);
}

TEST(VerbPolicyTest, AnEmptyPathSwitchesAVerbOff) {
  CommandOptions options;
  options.postsuper = options.postqueue = options.doveadm = "";
  const std::vector<std::string> no_doveadm{"not configured: commands.doveadm"};
  const std::vector<std::string> no_postsuper{"not configured: commands.postsuper"};
  EXPECT_EQ(Describe({Verb::kKick, "eva"}, options), no_doveadm);
  EXPECT_EQ(Describe({Verb::kDelete, "0123AB"}, options), no_postsuper);
  options.postsuper = "/usr/sbin/postsuper";
  EXPECT_EQ(Describe({Verb::kRelease, "0123AB"}, options).size(), 1U);  // it waits for its turn
}

TEST(VerbPolicyTest, WhoHasNoSessionIsAsGoodAsKicked) {
  EXPECT_EQ(CommandsFor({Verb::kKick, "eva"}, {})->front().good_statuses,
            (std::vector<int>{0, 68}));
}

}  // namespace
}  // namespace gatepost::privileged
