#include "tools/privileged/copy_policy.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "common/base/strings.h"
#include "common/privileged/client.h"

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::string_view kOnHold = "*** ENVELOPE RECORDS hold/";
constexpr std::string_view kContentFollows = "*** MESSAGE CONTENTS ";
constexpr std::string_view kWaiting = R"({"queue_name": "maildrop",)";
constexpr std::string_view kAddress = R"("address": ")";
constexpr std::string_view kAbsent = "fatal: open queue file ";

// "recipient: bob@example.org" as what follows the name.
std::optional<std::string_view> ValueOf(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with(": ")) return std::nullopt;
  return line.substr(name.size() + 2);
}

bool IsDotAtom(std::string_view local) {
  return !local.empty() && !local.starts_with('.') && !local.ends_with('.') &&
         local.find("..") == std::string_view::npos && std::ranges::all_of(local, [](char c) {
           return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c) ||
                  static_cast<unsigned char>(c) >= 0x80 ||
                  std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
         });
}

// The queue has addresses without their quotes.
std::string Quoted(std::string_view address) {
  const std::size_t at = address.rfind('@');
  const std::string_view local = address.substr(0, at);
  if (IsDotAtom(local)) return std::string(address);
  std::string quoted = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  return quoted.append(at == std::string_view::npos ? "" : address.substr(at));
}

Result<std::vector<std::string>> Start(const std::string& program, const char* option,
                                       const char* flag, const std::string& configuration) {
  if (program.empty()) {
    return Fail(ErrorKind::kNotFound, "not configured: commands." + std::string(option));
  }
  if (configuration.empty()) return std::vector<std::string>{program};
  return std::vector<std::string>{program, flag, configuration};
}

// A string of postqueue's JSON, from behind its first quote. Bytes alone are escaped by number,
// and none that an address may have.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\') ++i;
    if (i < text.size()) plain += text[i];
  }
  return plain;
}

// Each with and without quotes, in small letters: whoever has an account here may have any number
// of messages wait.
std::unordered_set<std::string> Spellings(const std::vector<std::string>& recipients) {
  std::unordered_set<std::string> spellings;
  for (const std::string& one : recipients) {
    spellings.insert(base::ToLower(one));
    spellings.insert(base::ToLower(Quoted(one)));
  }
  return spellings;
}

Result<void> CheckOnHold(std::string_view printed) {
  if (printed.starts_with(kOnHold)) return {};
  return Fail(ErrorKind::kNotFound, std::string(kNoSuchMessage));
}

}  // namespace

Result<std::vector<std::string>> ParseRecipients(std::string_view printed) {
  if (const auto held = CheckOnHold(printed); !held) return tl::unexpected(held.error());
  std::vector<std::string> recipients;
  for (const std::string_view line : base::Split(printed, '\n')) {
    if (line.starts_with(kContentFollows)) break;
    for (const char* const name : {"original_recipient", "recipient"}) {
      if (const auto value = ValueOf(line, name)) recipients.emplace_back(*value);
    }
  }
  return recipients;
}

bool WaitsForOne(std::string_view queue, const std::vector<std::string>& recipients) {
  const auto spellings = Spellings(recipients);
  for (std::string_view line : base::Split(queue, '\n')) {
    if (!line.starts_with(kWaiting)) continue;
    for (auto at = line.find(kAddress); at != line.npos; at = line.find(kAddress)) {
      line.remove_prefix(at + kAddress.size());
      if (spellings.contains(base::ToLower(Unescaped(line)))) return true;
    }
  }
  return false;
}

Result<CopyEnvelope> ParseEnvelope(std::string_view printed, std::string_view recipient) {
  if (const auto held = CheckOnHold(printed); !held) return tl::unexpected(held.error());
  std::optional<std::string_view> sender;
  std::optional<std::string_view> found;
  for (const std::string_view line : base::Split(printed, '\n')) {
    if (line.starts_with(kContentFollows)) break;
    if (!sender) sender = ValueOf(line, "sender");
    for (const char* const name : {"original_recipient", "recipient"}) {
      const auto value = ValueOf(line, name);
      if (!found && value && base::EqualsIgnoreCase(*value, recipient)) found = value;
    }
  }
  if (!sender) return Fail(ErrorKind::kInternal, "postcat told no sender");
  if (!found) return Fail(ErrorKind::kNotFound, "the message has no such recipient");
  return CopyEnvelope{sender->empty() ? "<>" : Quoted(*sender), Quoted(*found)};
}

Result<CopyCommands> CopyCommandsFor(const std::string& queue_id, const CommandOptions& options) {
  auto postcat = Start(options.postcat, "postcat", "-c", options.postfix_config);
  if (!postcat) return tl::unexpected(postcat.error());
  auto sendmail = Start(options.sendmail, "sendmail", "-C", options.postfix_config);
  if (!sendmail) return tl::unexpected(sendmail.error());
  CopyCommands commands{{*postcat, "", {0}, kAbsent},
                        {*std::move(postcat), "", {0}, kAbsent},
                        {*std::move(sendmail), "", {0}, ""}};
  for (auto [command, flags] : {std::pair{&commands.envelope, "-e"}, {&commands.content, "-bh"}}) {
    command->argv.insert(command->argv.end(), {flags, "-q", queue_id});
  }
  return commands;
}

Result<WaitCommands> WaitCommandsFor(const std::string& queue_id, const CommandOptions& options) {
  auto postcat = Start(options.postcat, "postcat", "-c", options.postfix_config);
  if (!postcat) return tl::unexpected(postcat.error());
  auto postqueue = Start(options.postqueue, "postqueue", "-c", options.postfix_config);
  if (!postqueue) return tl::unexpected(postqueue.error());
  WaitCommands commands{{*std::move(postcat), "", {0}, kAbsent}, {*std::move(postqueue), "", {0}}};
  commands.envelope.argv.insert(commands.envelope.argv.end(), {"-e", "-q", queue_id});
  commands.queue.argv.emplace_back("-j");
  return commands;
}

void Address(const CopyEnvelope& envelope, Command& submit) {
  submit.argv.insert(submit.argv.end(), {"-i", "-f", envelope.sender, "--", envelope.recipient});
}

}  // namespace gatepost::privileged
