#include "tools/privileged/copy_policy.h"

#include <algorithm>
#include <optional>
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

}  // namespace

Result<CopyEnvelope> ParseEnvelope(std::string_view printed, std::string_view recipient) {
  if (!printed.starts_with(kOnHold)) {
    return Fail(ErrorKind::kNotFound, std::string(kNoSuchMessage));
  }
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

void Address(const CopyEnvelope& envelope, Command& submit) {
  submit.argv.insert(submit.argv.end(), {"-i", "-f", envelope.sender, "--", envelope.recipient});
}

}  // namespace gatepost::privileged
