// A table with an option of every type, for the tests of this folder and the fuzz target.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/config/option_table.h"

namespace gatepost::config {

enum class Mode { kEnforce, kShadow, kOff };

struct EveryOption {
  bool enabled = true;
  std::int64_t workers = 8;
  std::chrono::milliseconds timeout{5000};
  std::int64_t max_body = 25 << 20;
  std::string selector = "mail";
  std::string token = "abc";
  std::string key_file = "/etc/gatepost/key.pem";
  std::vector<std::string> domains = {"example.org"};
  std::vector<std::string> words;
  std::vector<base::Network> networks = {base::Network::Parse("127.0.0.0/8").value()};
  Mode mode = Mode::kShadow;
  std::string socket = "inet:8891@127.0.0.1";

  friend bool operator==(const EveryOption&, const EveryOption&) = default;
};

inline std::optional<std::string> CheckNoBlank(std::string_view text) {
  if (text.find(' ') == std::string_view::npos) return std::nullopt;
  return "must not hold a blank";
}

inline void Declare(OptionTable& table, EveryOption& o) {
  using namespace std::chrono_literals;
  table.Section("signing", "Who is signed, and how.");
  table.Flag("enabled", o.enabled, "Whether mail is signed.");
  table.Text("selector", o.selector, "The selector, the first label of the key's name in DNS.");
  table.Path("key_file", o.key_file, "The private key.");
  table.TextList("domains", o.domains, "The domains that are signed.");
  table.Choice("mode", o.mode,
               {{"enforce", Mode::kEnforce}, {"shadow", Mode::kShadow}, {"off", Mode::kOff}},
               "What a rule does.");
  table.Section("server", "How the program serves.");
  table.Text("socket", o.socket, "Where the mail server connects.");
  table.Integer("workers", o.workers, 1, 512, "How many messages are handled at once.");
  table.Duration("timeout", o.timeout, 10ms, 1min, "How long an answer may take.");
  table.Bytes("max_body", o.max_body, 0, std::int64_t{1} << 40, "What is longer is not looked at.");
  table.NetworkList("networks", o.networks, "Whose mail is ours.");
  table.Text("token", o.token, "One word.", CheckNoBlank);
  table.TextList("words", o.words, "Words.", CheckNoBlank);
}

// The message of the ConfigError that `action` throws, or "" when it throws none.
template <class Action>
std::string ConfigErrorOf(Action action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace gatepost::config
