#include "tools/authpolicy/login_attempt.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/base/strings.h"

namespace gatepost::authpolicy {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{16} * 1024;
constexpr std::size_t kMaxLogin = 512;
constexpr std::size_t kMaxText = 256;
constexpr int kMaxDepth = 8;

// The parser recurses nowhere, but the value that it makes is freed by recursion.
bool TooDeep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kMaxDepth) return true;
  }
  return false;
}

// Reads the attributes of one object, and remembers that one was bad.
class Attributes {
 public:
  explicit Attributes(const json& object) : object_(object) {}

  std::string Text(const char* name, std::size_t most = kMaxText) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return {};
    const auto* const text = found->get_ptr<const std::string*>();
    if (text != nullptr && text->size() <= most) return *text;
    bad_ = name;
    return {};
  }
  bool Flag(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return false;
    if (!found->is_boolean()) bad_ = name;
    return found->is_boolean() && found->get<bool>();
  }
  const std::string& bad() const { return bad_; }

 private:
  const json& object_;
  std::string bad_;
};

// What is no address is not known, rather than an error: a unix socket has none.
base::IpAddress ToAddress(const std::string& text) {
  return base::IpAddress::Parse(text).value_or(base::IpAddress());
}

}  // namespace

Result<LoginAttempt> ParseAttempt(std::string_view text) {
  if (text.size() > kMaxBytes || TooDeep(text)) return Fail(ErrorKind::kLimit, "too large");
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return Fail(ErrorKind::kInvalid, "no JSON object");
  Attributes attributes(object);
  LoginAttempt attempt;
  attempt.login = attributes.Text("login", kMaxLogin);
  attempt.pwhash = attributes.Text("pwhash");
  attempt.client = ToAddress(attributes.Text("remote"));
  attempt.protocol = attributes.Text("protocol");
  attempt.session_id = attributes.Text("session_id");
  attempt.success = attributes.Flag("success");
  attempt.policy_reject = attributes.Flag("policy_reject");
  attempt.fail_type = attributes.Text("fail_type");
  if (!attributes.bad().empty()) {
    return Fail(ErrorKind::kInvalid,
                "the attribute " + attributes.bad() + " is not what it should be");
  }
  if (attempt.login.empty()) return Fail(ErrorKind::kInvalid, "no login");
  return attempt;
}

std::string FormatReply(std::int64_t status, std::string_view message) {
  const json reply{{"status", status}, {"msg", std::string(message)}};
  return reply.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace gatepost::authpolicy
