#include "common/store/redis_state.h"

#include <array>

namespace gatepost::store {
namespace {

using base::ErrorKind;

struct CodeMeaning {
  std::string_view code;
  RedisError meaning;
};

constexpr ServerState kRefusesWrites{Health::kReadOnly, ErrorKind::kUnavailable};
constexpr ServerState kNotYet{Health::kLoading, ErrorKind::kUnavailable};
constexpr ServerState kRefusesUs{Health::kDown, ErrorKind::kPermission};

constexpr ServerState kRefusesAll{Health::kDown, ErrorKind::kUnavailable};

constexpr RedisError Elsewhere(ClusterAnswer answer) {
  return {kRefusesAll, ErrorKind::kUnavailable, false, answer};
}

constexpr std::array kCodes{
    CodeMeaning{"READONLY", {kRefusesWrites, ErrorKind::kUnavailable}},
    CodeMeaning{"MISCONF", {kRefusesWrites, ErrorKind::kUnavailable}},
    CodeMeaning{"OOM", {kRefusesWrites, ErrorKind::kUnavailable}},
    CodeMeaning{"NOREPLICAS", {kRefusesWrites, ErrorKind::kUnavailable}},
    CodeMeaning{"MASTERDOWN", {kRefusesWrites, ErrorKind::kUnavailable}},
    CodeMeaning{"LOADING", {kNotYet, ErrorKind::kUnavailable}},
    CodeMeaning{"BUSY", {kNotYet, ErrorKind::kUnavailable}},
    CodeMeaning{"NOAUTH", {kRefusesUs, ErrorKind::kPermission}},
    CodeMeaning{"WRONGPASS", {kRefusesUs, ErrorKind::kPermission}},
    CodeMeaning{"NOPERM", {std::nullopt, ErrorKind::kPermission}},
    CodeMeaning{"NOSCRIPT", {std::nullopt, ErrorKind::kNotFound, true}},
    CodeMeaning{"WRONGTYPE", {std::nullopt, ErrorKind::kInvalid}},
    CodeMeaning{"CROSSSLOT", {std::nullopt, ErrorKind::kInvalid}},
    CodeMeaning{"ERR", {std::nullopt, ErrorKind::kInvalid}},
    CodeMeaning{"CLUSTERDOWN", {kRefusesAll, ErrorKind::kUnavailable}},
    CodeMeaning{"MOVED", Elsewhere(ClusterAnswer::kMoved)},
    CodeMeaning{"ASK", Elsewhere(ClusterAnswer::kAsk)},
    CodeMeaning{"TRYAGAIN", Elsewhere(ClusterAnswer::kTryAgain)},
};
// The other CLUSTERDOWNs speak of all keys.
constexpr std::string_view kNoNodeHasIt = "CLUSTERDOWN Hash slot not served";

// What a script may not do, in Redis 7's words.
constexpr std::string_view kScriptRefused = "ERR The user executing the script can't";

std::string_view FirstWord(std::string_view text) { return text.substr(0, text.find(' ')); }

// Before Redis 7: "ERR Error running script (call to f_…): @user_script:1: -READONLY You can't…".
std::string_view Unwrapped(std::string_view text) {
  if (!text.starts_with("ERR Error running script")) return text;
  const std::size_t inner = text.find(": -");
  return inner == std::string_view::npos ? text : text.substr(inner + 3);
}

}  // namespace

RedisError Classify(std::string_view error_reply) {
  if (error_reply.starts_with(kNoNodeHasIt)) return Elsewhere(ClusterAnswer::kUnserved);
  if (error_reply.starts_with(kScriptRefused)) return {std::nullopt, ErrorKind::kPermission, false};
  const std::string_view code = FirstWord(Unwrapped(error_reply));
  for (const auto& known : kCodes) {
    if (known.code == code) return known.meaning;
  }
  return {};
}

std::string_view Name(Health health) {
  switch (health) {
    case Health::kUp:
      return "up";
    case Health::kReadOnly:
      return "read-only";
    case Health::kLoading:
      return "loading";
    case Health::kDown:
      return "down";
  }
  return "down";
}

}  // namespace gatepost::store
