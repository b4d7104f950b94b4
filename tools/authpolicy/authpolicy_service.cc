#include "tools/authpolicy/authpolicy_service.h"

#include <utility>

#include "common/base/constant_time.h"
#include "common/log/log.h"

namespace gatepost::authpolicy {
namespace {

using Kind = Decision::Kind;

http::Response Plain(int status, std::string text) {
  return {status, "text/plain", std::move(text) + "\n"};
}

http::Response Reply(std::int64_t status, std::string_view message = {}) {
  return {200, "application/json", FormatReply(status, message)};
}

Mode ModeOf(const AuthPolicyOptions& options, Reason reason) {
  return reason == Reason::kSuspended ? options.suspension_mode : options.guessing.mode;
}

http::Response ToReply(const AuthPolicyOptions& options, const Decision& decision) {
  if (ModeOf(options, decision.reason) == Mode::kShadow) return Reply(0);
  switch (decision.kind) {
    case Kind::kReject:
      return Reply(-1, decision.reason == Reason::kSuspended ? options.suspended_text
                                                             : options.blocked_text);
    case Kind::kDelay:
      return Reply(decision.delay.count());
    case Kind::kAllow:
      break;
  }
  return Reply(0);
}

std::string_view CounterOf(const Decision& decision) {
  if (decision.kind == Kind::kAllow) return "allowed";
  if (decision.kind == Kind::kDelay) return "delayed";
  return decision.reason == Reason::kSuspended ? "rejected_suspended" : "rejected_guessing";
}

void Log(const AuthPolicyOptions& options, const LoginAttempt& attempt, const Decision& decision) {
  if (decision.kind == Kind::kAllow) return;
  const bool shadow = ModeOf(options, decision.reason) == Mode::kShadow;
  log::Info(decision.kind == Kind::kReject ? "login_refused" : "login_delayed")
      .With("user", attempt.login)
      .With("client", attempt.client.Format())
      .With("protocol", attempt.protocol)
      .With("reason", Name(decision.reason))
      .With("delay_seconds", decision.delay.count())
      .With("mode", shadow ? "shadow" : "enforce");
}

// A password was wrong. What Dovecot could not check, and what we refused ourselves, says nothing.
bool IsWrongGuess(const LoginAttempt& attempt) {
  return !attempt.success && !attempt.policy_reject && attempt.fail_type != "internal" &&
         attempt.fail_type != "policy";
}

bool GuessesCount(const AuthPolicyOptions& options, const base::IpAddress& client) {
  return options.guessing.mode != Mode::kOff && client.family() != base::IpAddress::Family::kNone &&
         !base::AnyContains(options.exempt_networks, client);
}

}  // namespace

AuthPolicyService::AuthPolicyService(ConfigurationPtr configuration, FindSuspension find_suspension,
                                     store::Store& store, journal::Journal& journal,
                                     std::chrono::milliseconds store_deadline)
    : configuration_(std::move(configuration)),
      find_suspension_(std::move(find_suspension)),
      memory_(store),
      journal_(journal),
      store_deadline_(store_deadline) {}

AuthPolicyService::ConfigurationPtr AuthPolicyService::Current() const {
  const std::lock_guard lock(mutex_);
  return configuration_;
}

void AuthPolicyService::Replace(ConfigurationPtr configuration) {
  const std::lock_guard lock(mutex_);
  configuration_.swap(configuration);
}

base::Deadline AuthPolicyService::StoreDeadline() const {
  return std::chrono::steady_clock::now() + store_deadline_;
}

// Counted each time, told once a minute: whoever calls without the secret cannot fill the log.
void AuthPolicyService::RefuseSecret() {
  journal_.Count("unauthorized");
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (now < next_warning_) return;
    next_warning_ = now + std::chrono::minutes(1);
  }
  log::Warning("unauthorized").With("hint", "auth_policy_server_api_header in dovecot.conf");
}

http::Response AuthPolicyService::Handle(const http::Request& request) {
  const ConfigurationPtr configuration = Current();
  const std::string& secret = configuration->secret;
  if (!secret.empty() && !base::EqualInConstantTime(secret, request.Header("X-API-Key"))) {
    RefuseSecret();
    return Plain(401, "wrong secret");
  }
  if (request.path != "/") return Plain(404, "not found");
  if (request.method != "POST") return Plain(405, "POST alone");
  const auto attempt = ParseAttempt(request.body);
  if (!attempt) {
    journal_.Count("bad_requests");
    return Plain(400, attempt.error().message);
  }
  const std::string_view command = request.Query("command");
  if (command == "allow") return Allow(*configuration, *attempt);
  if (command == "report") return Report(*configuration, *attempt);
  return Plain(400, "the command is allow or report");
}

http::Response AuthPolicyService::Allow(const AuthPolicyConfiguration& configuration,
                                        const LoginAttempt& attempt) {
  const Guess guess{configuration.account_of(attempt.login), attempt.client, attempt.pwhash};
  const Decision decision = DecideAbout(configuration, attempt, guess);
  journal_.Count(CounterOf(decision));
  Log(configuration.options, attempt, decision);
  return ToReply(configuration.options, decision);
}

// A suspension in shadow mode hides no guessing.
Decision AuthPolicyService::DecideAbout(const AuthPolicyConfiguration& configuration,
                                        const LoginAttempt& attempt, const Guess& guess) {
  const AuthPolicyOptions& options = configuration.options;
  if (options.suspension_mode != Mode::kOff && find_suspension_(guess.account)) {
    const Decision suspended{Kind::kReject, std::chrono::seconds(0), Reason::kSuspended};
    if (options.suspension_mode == Mode::kEnforce) return suspended;
    Log(options, attempt, suspended);
  }
  if (!GuessesCount(options, attempt.client)) return {};
  return Decide(options.guessing, memory_.Look(guess, StoreDeadline()));
}

http::Response AuthPolicyService::Report(const AuthPolicyConfiguration& configuration,
                                         const LoginAttempt& attempt) {
  const AuthPolicyOptions& options = configuration.options;
  const Guess guess{configuration.account_of(attempt.login), attempt.client, attempt.pwhash};
  const bool counts = GuessesCount(options, attempt.client);
  if (attempt.success) {
    journal_.Count("succeeded");
    if (counts) memory_.AddSuccess(guess, options.memory, StoreDeadline());
  } else if (IsWrongGuess(attempt)) {
    journal_.Count("failed");
    if (counts) {
      Tell(configuration, guess,
           memory_.AddFailure(guess, options.guessing, options.memory, StoreDeadline()));
    }
  }
  return Reply(0);
}

void AuthPolicyService::Tell(const AuthPolicyConfiguration& configuration, const Guess& guess,
                             const GuessMemory::Blocked& blocked) {
  const GuessRules& rules = configuration.options.guessing;
  const auto report = [&](const std::string& subject, std::int64_t guesses) {
    log::Warning("guessing").With("subject", subject).With("wrong_passwords", guesses);
    journal_.Report({"guessing", subject,
                     std::to_string(guesses) + " different wrong passwords; logins " +
                         (subject.starts_with("user ") ? "from networks that the account does not "
                                                         "know are refused for a time"
                                                       : "from there are refused for a time")});
  };
  if (blocked.account) report("user " + guess.account, rules.account.block);
  if (blocked.address) report("ip " + ClientName(guess.client), rules.address.block);
  if (blocked.network) report("net " + NetworkName(guess.client), rules.network.block);
}

}  // namespace gatepost::authpolicy
