#include "common/store/redis_greeting.h"

#include <span>
#include <string_view>

#include "common/base/strings.h"
#include "common/store/keys.h"
#include "common/store/redis_request.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;

bool IsReplica(const Reply& role) {
  return role.type == Reply::Type::kArray && !role.elements.empty() &&
         role.elements[0].text == "slave";
}

}  // namespace

RedisGreeting::RedisGreeting(const RedisLogin& login, unsigned database, Role role,
                             const std::string& probe_key)
    : role_(role), in_cluster_(!probe_key.empty()) {
  if (!login.user.empty()) {
    Add(Step::kAuth, {"AUTH", login.user, login.password});
  } else if (!login.password.empty()) {
    Add(Step::kAuth, {"AUTH", login.password});
  }
  if (database != 0) Add(Step::kSelect, {"SELECT", std::to_string(database)});
  Add(Step::kRole, {"ROLE"});
  // A role alone does not tell a full disk, full memory or missing rights.
  const std::string key = in_cluster_ ? probe_key : KeyMaker::Probe().text();
  Add(Step::kProbe, {"SET", key, "1", "PX", "1000"});
}

void RedisGreeting::Add(Step step, std::initializer_list<std::string_view> words) {
  AppendCommand(bytes_, std::span(words.begin(), words.size()));
  awaited_.push_back(step);
}

std::optional<RedisGreeting::Outcome> RedisGreeting::OnReply(const Reply& reply) {
  const Step step = awaited_.front();
  awaited_.pop_front();
  if (step == Step::kRole && IsReplica(reply)) {
    return Outcome{{Health::kReadOnly, ErrorKind::kUnavailable}, "Redis is a replica"};
  }
  const RedisError error = Classify(reply.type == Reply::Type::kError ? reply.text : "");
  const bool elsewhere = in_cluster_ && error.cluster != ClusterAnswer::kNone;
  if (reply.type != Reply::Type::kError || elsewhere) {
    return awaited_.empty() ? std::optional(Outcome{{Health::kUp, ErrorKind::kUnavailable}, ""})
                            : std::nullopt;
  }
  const std::string reason = "Redis says: " + base::Printable(reply.text);
  if (error.state) return Outcome{*error.state, reason};
  if (step == Step::kRole && role_ == Role::kMayBeHidden) return std::nullopt;
  const auto kind = step == Step::kAuth ? ErrorKind::kPermission : error.kind;
  return Outcome{{Health::kDown, kind}, reason};
}

}  // namespace gatepost::store
