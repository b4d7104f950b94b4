#include "tools/privileged/request.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/strings.h"
#include "common/mail/character_class.h"

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxUserBytes = 320;

struct VerbName {
  std::string_view name;
  Verb verb;
  bool (*allows)(std::string_view argument);
};

constexpr std::array<VerbName, 5> kVerbs{{{"kick", Verb::kKick, IsUser},
                                          {"release", Verb::kRelease, IsQueueId},
                                          {"hold", Verb::kHold, IsQueueId},
                                          {"delete", Verb::kDelete, IsQueueId},
                                          {"new-password", Verb::kNewPassword, IsUser}}};

bool IsAlphanumeric(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); }

// A byte of a letter beyond ASCII, or what no program takes for more.
bool IsUserCharacter(char c) {
  return IsAlphanumeric(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("@.-_+=#!'~&%").find(c) != std::string_view::npos;
}

// "10.1", "0x7f000001" and "2130706433" are addresses, too.
bool ReadsAsAddress(std::string_view text) {
  in_addr ignored{};
  return ::inet_aton(std::string(text).c_str(), &ignored) != 0;
}

}  // namespace

bool IsQueueId(std::string_view text) {
  return text.size() >= 6 && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), IsAlphanumeric);
}

bool IsUser(std::string_view text) {
  return !text.empty() && text.size() <= kMaxUserBytes && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), IsUserCharacter) && mail::IsCleanText(text) &&
         !ReadsAsAddress(text);
}

std::string_view Name(Verb verb) {
  return std::find_if(kVerbs.begin(), kVerbs.end(),
                      [&](const VerbName& entry) { return entry.verb == verb; })
      ->name;
}

Result<Request> ParseRequest(std::string_view line) {
  if (!line.ends_with('\n')) return Fail(ErrorKind::kInvalid, "the request is no line");
  line.remove_suffix(1);
  const auto words = base::SplitOnce(line, ' ');
  if (!words) return Fail(ErrorKind::kInvalid, "the request is not a verb and an argument");
  const std::string_view verb = words->first;
  const std::string_view argument = words->second;
  const auto* const known = std::find_if(kVerbs.begin(), kVerbs.end(),
                                         [&](const VerbName& entry) { return entry.name == verb; });
  if (known == kVerbs.end()) return Fail(ErrorKind::kInvalid, "unknown verb");
  if (!known->allows(argument)) {
    return Fail(ErrorKind::kInvalid, "not allowed as an argument of " + std::string(known->name));
  }
  return Request{known->verb, std::string(argument)};
}

}  // namespace gatepost::privileged
