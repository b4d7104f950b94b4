#include "tests/bench/load_options.h"

#include <functional>
#include <map>
#include <stdexcept>

namespace gatepost::bench {
namespace {

constexpr const char* kUsage =
    "usage: milter_load --socket SOCKET [OPTION...]\n"
    "  --sessions N         busy sessions at the same time (1)\n"
    "  --messages M         stop after so many messages\n"
    "  --seconds T          or after so much time (5)\n"
    "  --rate R             at most so many messages a second, evenly; else as many as pass\n"
    "  --warmup M           messages before anything is counted (0)\n"
    "  --message FILE       what is sent; without it a sample of --size bytes (10000)\n"
    "  --sign, --verify     macros and client address of submission, or of port 25\n"
    "  --per-connection K   messages on one connection (20)\n"
    "  --recipients N       of each message (1)\n"
    "  --users N            so many users send in turn, each message with a queue id of its own\n"
    "  --pid PID            a process to measure; may be repeated\n"
    "  --idle N             no load: open N sessions and tell what each one costs\n"
    "  --json               print one JSON object\n"
    "  --print-message      write the sample message and stop\n";

using Setter = std::function<void(LoadOptions&, const std::string&)>;

const std::map<std::string, Setter>& ValueOptions() {
  static const std::map<std::string, Setter> options = {
      {"--socket", [](LoadOptions& o, const std::string& v) { o.socket = v; }},
      {"--sessions", [](LoadOptions& o, const std::string& v) { o.sessions = std::stoi(v); }},
      {"--messages", [](LoadOptions& o, const std::string& v) { o.messages = std::stol(v); }},
      {"--seconds",
       [](LoadOptions& o, const std::string& v) {
         o.seconds = std::chrono::duration<double>(std::stod(v));
       }},
      {"--rate", [](LoadOptions& o, const std::string& v) { o.rate = std::stod(v); }},
      {"--warmup", [](LoadOptions& o, const std::string& v) { o.warm_up = std::stol(v); }},
      {"--message", [](LoadOptions& o, const std::string& v) { o.message_file = v; }},
      {"--size", [](LoadOptions& o, const std::string& v) { o.size = std::stoul(v); }},
      {"--per-connection",
       [](LoadOptions& o, const std::string& v) { o.per_connection = std::stoi(v); }},
      {"--recipients", [](LoadOptions& o, const std::string& v) { o.recipients = std::stoi(v); }},
      {"--users", [](LoadOptions& o, const std::string& v) { o.users = std::stoi(v); }},
      {"--pid", [](LoadOptions& o, const std::string& v) { o.pids.push_back(std::stoi(v)); }},
      {"--idle", [](LoadOptions& o, const std::string& v) { o.idle = std::stoi(v); }}};
  return options;
}

const std::map<std::string, std::function<void(LoadOptions&)>>& Flags() {
  static const std::map<std::string, std::function<void(LoadOptions&)>> flags = {
      {"--sign", [](LoadOptions& o) { o.traffic = Traffic::kSubmission; }},
      {"--verify", [](LoadOptions& o) { o.traffic = Traffic::kInbound; }},
      {"--json", [](LoadOptions& o) { o.json = true; }},
      {"--print-message", [](LoadOptions& o) { o.print_message = true; }}};
  return flags;
}

tl::unexpected<base::Error> Wrong(const std::string& what) {
  return base::Fail(base::ErrorKind::kInvalid, what + "\n" + kUsage);
}

}  // namespace

base::Result<LoadOptions> ParseLoadOptions(const std::vector<std::string>& arguments) {
  LoadOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto flag = Flags().find(arguments[i]);
    const auto value = ValueOptions().find(arguments[i]);
    if (flag != Flags().end()) {
      flag->second(options);
    } else if (value == ValueOptions().end() || i + 1 == arguments.size()) {
      return Wrong("unknown option, or no value: " + arguments[i]);
    } else {
      try {
        value->second(options, arguments[++i]);
      } catch (const std::logic_error&) {
        return Wrong("not a number: " + arguments[i]);
      }
    }
  }
  const bool in_range =
      options.sessions > 0 && options.per_connection > 0 && options.recipients > 0;
  if (!in_range) return Wrong("numbers of sessions, messages and recipients are above 0");
  if (options.users < 0 || options.users > kMostUsers) return Wrong("too many users");
  if (options.socket.empty() && !options.print_message) return Wrong("--socket is missing");
  return options;
}

}  // namespace gatepost::bench
