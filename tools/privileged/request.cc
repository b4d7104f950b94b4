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
constexpr std::size_t kMaxPassBytes = 200;

struct VerbName {
  std::string_view name;
  Verb verb;
  bool (*allows)(std::string_view argument);
};

constexpr std::array<VerbName, 8> kVerbs{{{"kick", Verb::kKick, IsUser},
                                          {"release", Verb::kRelease, IsQueueId},
                                          {"release-to", Verb::kReleaseTo, IsQueueId},
                                          {"accepted", Verb::kAccepted, IsQueueId},
                                          {"held", Verb::kHeld, IsQueueId},
                                          {"hold", Verb::kHold, IsQueueId},
                                          {"delete", Verb::kDelete, IsQueueId},
                                          {"new-password", Verb::kNewPassword, IsUser}}};

bool IsAlphanumeric(char c) { return base::IsAsciiAlpha(c) || base::IsAsciiDigit(c); }

// A byte of a letter beyond ASCII, or what no program takes for more.
bool IsUserCharacter(char c) {
  return IsAlphanumeric(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("@.-_+=#!'~&%").find(c) != std::string_view::npos;
}

// Without its queue id where it is not one.
Request ReadReleaseTo(std::string_view argument) {
  const auto words = base::Split(argument, ' ');
  const bool good = words.size() == 3 && IsRecipient(words[1]) && IsPass(words[2]);
  if (!good) return {Verb::kReleaseTo, ""};
  return {Verb::kReleaseTo, std::string(words[0]), std::string(words[1]), std::string(words[2])};
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

bool IsRecipient(std::string_view text) {
  return !text.empty() && text.size() <= kMaxUserBytes && text.front() != '-' &&
         text.find_first_of(" \t") == std::string_view::npos && mail::IsCleanText(text);
}

bool IsPass(std::string_view text) {
  return !text.empty() && text.size() <= kMaxPassBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlphanumeric(c) || std::string_view(".:-_").find(c) != std::string_view::npos;
         });
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
  auto request = known->verb == Verb::kReleaseTo ? ReadReleaseTo(argument)
                                                 : Request{known->verb, std::string(argument)};
  if (!known->allows(request.argument)) {
    return Fail(ErrorKind::kInvalid, "not allowed as an argument of " + std::string(known->name));
  }
  return request;
}

}  // namespace gatepost::privileged
