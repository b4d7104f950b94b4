#include "tools/authpolicy/login_attempt.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/http/request_extent.h"

namespace gatepost::authpolicy {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using nlohmann::json;

constexpr std::size_t kMaxBytes = http::RequestLimits{}.body_bytes;
constexpr std::size_t kMaxLogin = 512;
constexpr std::size_t kMaxText = 256;
constexpr int kMaxDepth = 8;

// The parser recurses nowhere, but the value that it makes is freed by recursion. Brackets in texts
// are no nesting: clients choose some of the texts.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kMaxDepth) return true;
  }
  return false;
}

// "" where it is absent. kInvalid for one that is no text, or too long.
Result<std::string> Needed(const json& object, const std::string& name, std::size_t most) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  const auto* const text = found->get_ptr<const std::string*>();
  if (text != nullptr && text->size() <= most) return *text;
  return Fail(ErrorKind::kInvalid, "the attribute " + name + " is not what it should be");
}

// What is not as it should be is as good as absent: a request that fails lets the password decide,
// and clients have a say in these.
std::string Text(const json& object, const char* name) {
  return Needed(object, name, kMaxText).value_or("");
}

bool Flag(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

// What is no address is not known, rather than an error: a unix socket has none.
base::IpAddress ToAddress(const std::string& text) {
  return base::IpAddress::Parse(text).value_or(base::IpAddress());
}

}  // namespace

Result<LoginAttempt> ParseAttempt(std::string_view text) {
  if (text.size() > kMaxBytes || TooDeep(text)) return Fail(ErrorKind::kLimit, "too large");
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return Fail(ErrorKind::kInvalid, "no JSON object");
  auto login = Needed(object, "login", kMaxLogin);
  if (!login) return tl::unexpected(login.error());
  if (login->empty()) return Fail(ErrorKind::kInvalid, "no login");
  const auto remote = Needed(object, "remote", kMaxText);
  if (!remote) return tl::unexpected(remote.error());
  LoginAttempt attempt;
  attempt.login = *std::move(login);
  attempt.client = ToAddress(*remote);
  attempt.pwhash = Text(object, "pwhash");
  attempt.protocol = Text(object, "protocol");
  attempt.session_id = Text(object, "session_id");
  attempt.success = Flag(object, "success");
  attempt.policy_reject = Flag(object, "policy_reject");
  attempt.fail_type = Text(object, "fail_type");
  return attempt;
}

std::string FormatReply(std::int64_t status, std::string_view message) {
  const json reply{{"status", status}, {"msg", std::string(message)}};
  return reply.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace gatepost::authpolicy
