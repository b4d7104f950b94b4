#include "tools/authpolicy/authpolicy_options.h"

#include <chrono>
#include <optional>
#include <string_view>

#include "common/http/listening_address.h"

namespace gatepost::authpolicy {
namespace {

using namespace std::chrono_literals;
using Complaint = std::optional<std::string>;
constexpr std::size_t kMaxText = 200;

Complaint CheckAddress(std::string_view text) {
  const auto address = http::ListeningAddress::Parse(text);
  if (!address) return address.error().message;
  if (!address->address.IsLoopback()) return "must be a loopback address: HTTP is not encrypted";
  return std::nullopt;
}

Complaint CheckText(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return "must be printable ASCII on one line";
  }
  return text.size() <= kMaxText ? std::nullopt : Complaint("must have at most 200 characters");
}

void DeclareServer(config::OptionTable& t, AuthPolicyOptions& o) {
  t.Section("server",
            "Where Dovecot reaches this program. Changes of all but secret_file need a "
            "restart.");
  t.Text("address", o.listen.address, "A loopback address and a port.", CheckAddress);
  t.Path("secret_file", o.secret_file,
         "A file with a secret that Dovecot sends in the header X-API-Key; not readable by others. "
         "Empty asks for none: then every program on this host can have logins forgiven or counted "
         "as failed.");
  t.Integer("threads", o.listen.threads, 1, 64, "How many requests are answered at once.");
  t.Integer("max_connections", o.listen.max_connections, 8, 4096,
            "How many connections are kept; beyond it the one that is silent longest is closed.");
}

void DeclareSuspension(config::OptionTable& t, AuthPolicyOptions& o) {
  t.Section("suspension", "Accounts that were suspended, by a program or an administrator.");
  t.Choice("mode", o.suspension_mode,
           {{"enforce", Mode::kEnforce}, {"shadow", Mode::kShadow}, {"off", Mode::kOff}},
           "Whether they cannot log in; shadow only logs it.");
  t.Text("text", o.suspended_text, "What their mail program shows.", CheckText);
}

void DeclareGuessing(config::OptionTable& t, AuthPolicyOptions& o) {
  constexpr std::int64_t kMost = GuessMemory::kMostGuesses;
  t.Section("guessing",
            "Wrong passwords. The same one, repeated, counts once for its account. Whoever "
            "logs in has their own mistakes forgotten.");
  t.Choice("mode", o.guessing.mode,
           {{"enforce", Mode::kEnforce}, {"shadow", Mode::kShadow}, {"off", Mode::kOff}},
           "Whether guessing is delayed and refused; shadow counts and logs only, off does not "
           "even count.");
  t.Duration("window", o.memory.window, 1min, 24h,
             "How long wrong guesses count, from the first one on.");
  t.Duration("max_delay", o.guessing.max_delay, 0s, 30s,
             "Beyond the free ones each guess doubles the delay of the next login, from 1s up to "
             "this. Postfix waits 10s for Dovecot in all: more than 5s ends its logins with an "
             "error.");
  t.Duration("block_time", o.memory.block_time, 1min, 24h * 7,
             "How long logins are refused after block_* guesses.");
  t.Duration("known_place", o.memory.known_place, 1h, 24h * 365,
             "How long the network (/24, /64) of a successful login is known for its account. "
             "There the account answers for the guesses from that network alone, by the limits of "
             "free_address and block_address: nobody elsewhere can lock the owner out.");
  t.Integer("free_address", o.guessing.address.free, 0, kMost,
            "Wrong guesses of one address (IPv6: /64) that are not delayed.");
  t.Integer("block_address", o.guessing.address.block, 0, kMost,
            "Wrong guesses at which an address is refused, for block_time; 0: never.");
  t.Integer("free_network", o.guessing.network.free, 0, kMost,
            "Wrong guesses of one network (/24; IPv6: /48) that are not delayed.");
  t.Integer("block_network", o.guessing.network.block, 0, kMost,
            "Wrong guesses at which a network is refused; 0: never.");
  t.Integer("free_account", o.guessing.account.free, 0, kMost,
            "Wrong guesses at one account, from anywhere, before logins from unknown networks are "
            "delayed.");
  t.Integer("block_account", o.guessing.account.block, 0, kMost,
            "Wrong guesses at one account at which logins from unknown networks are refused; 0: "
            "never.");
  t.NetworkList("exempt_networks", o.exempt_networks,
                "Clients whose guesses neither count nor are delayed, such as your own web mail, "
                "which has all its users' logins come from one address.");
  t.Text("text", o.blocked_text, "What the mail program of a refused client shows.", CheckText);
}

}  // namespace

AuthPolicyOptions::AuthPolicyOptions()
    : exempt_networks{*base::Network::Parse("127.0.0.0/8"), *base::Network::Parse("::1")} {}

void Declare(config::OptionTable& table, AuthPolicyOptions& options) {
  DeclareServer(table, options);
  DeclareSuspension(table, options);
  DeclareGuessing(table, options);
}

}  // namespace gatepost::authpolicy
