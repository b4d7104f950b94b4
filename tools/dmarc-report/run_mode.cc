#include "tools/dmarc-report/run_mode.h"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace gatepost::dmarc_report {
namespace {

// The value of "--name VALUE" or "--name=VALUE" at `at`, whose words are taken out.
std::optional<std::string> TakeValue(std::vector<char*>& words, std::size_t at,
                                     std::string_view name) {
  const std::string_view word = words[at];
  if (!word.starts_with(name)) return std::nullopt;
  std::string_view rest = word.substr(name.size());
  if (!rest.empty() && rest[0] != '=') return std::nullopt;
  std::size_t taken = 1;
  if (rest.empty() && at + 1 < words.size()) {
    rest = words[at + 1];
    taken = 2;
  } else if (!rest.empty()) {
    rest.remove_prefix(1);
  }
  std::string value(rest);
  if (value.empty()) throw std::invalid_argument(std::string(name) + " needs a value");
  const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
  words.erase(first, first + static_cast<std::ptrdiff_t>(taken));
  return value;
}

bool TakeFlag(std::vector<char*>& words, std::size_t at, std::string_view name) {
  if (words[at] != name) return false;
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

void SetKind(RunMode& mode, RunMode::Kind kind) {
  if (mode.kind != RunMode::Kind::kSend && mode.kind != kind) {
    throw std::invalid_argument("only one of --dry-run and --bounce at a time");
  }
  mode.kind = kind;
}

}  // namespace

RunMode TakeRunMode(std::vector<char*>& arguments) {
  RunMode mode;
  for (std::size_t at = 1; at < arguments.size();) {
    if (auto directory = TakeValue(arguments, at, "--dry-run")) {
      SetKind(mode, RunMode::Kind::kDryRun);
      mode.directory = *directory;
    } else if (auto recipient = TakeValue(arguments, at, "--recipient")) {
      mode.recipient = *recipient;
    } else if (TakeFlag(arguments, at, "--bounce")) {
      SetKind(mode, RunMode::Kind::kBounce);
    } else {
      ++at;
    }
  }
  if (!mode.recipient.empty() && mode.kind != RunMode::Kind::kBounce) {
    throw std::invalid_argument("--recipient goes with --bounce");
  }
  return mode;
}

}  // namespace gatepost::dmarc_report
