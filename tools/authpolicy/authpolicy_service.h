// Answers Dovecot's questions: facts of the request, the store and the suspensions into the policy,
// its decision into a reply, log and journal. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/request.h"
#include "common/journal/journal.h"
#include "tools/authpolicy/authpolicy_options.h"
#include "tools/authpolicy/guess_memory.h"
#include "tools/authpolicy/login_attempt.h"

namespace gatepost::authpolicy {

// All that a reload changes; immutable once loaded.
struct AuthPolicyConfiguration {
  AuthPolicyOptions options;
  std::string secret;  // "": none
  // The account of a login, in its one spelling.
  std::function<std::string(std::string_view login)> account_of;
};

class AuthPolicyService {
 public:
  using ConfigurationPtr = std::shared_ptr<const AuthPolicyConfiguration>;
  // The reference of an account's suspension; nothing where it may log in. Never waits.
  using FindSuspension = std::function<std::optional<std::string>(std::string_view account)>;

  // What is referred to outlives it. `store_deadline`: how long the store may take for one request.
  AuthPolicyService(ConfigurationPtr configuration, FindSuspension find_suspension,
                    store::Store& store, journal::Journal& journal,
                    std::chrono::milliseconds store_deadline);

  // Never fails: own trouble lets the password decide.
  http::Response Handle(const http::Request& request);
  void Replace(ConfigurationPtr configuration);

 private:
  ConfigurationPtr Current() const;
  http::Response Allow(const AuthPolicyConfiguration& configuration, const LoginAttempt& attempt);
  http::Response Report(const AuthPolicyConfiguration& configuration, const LoginAttempt& attempt);
  Decision DecideAbout(const AuthPolicyConfiguration& configuration, const LoginAttempt& attempt,
                       const Guess& guess);
  void Tell(const AuthPolicyConfiguration& configuration, const Guess& guess,
            const GuessMemory::Blocked& blocked);
  base::Deadline StoreDeadline() const;
  void RefuseSecret();

  mutable std::mutex mutex_;
  ConfigurationPtr configuration_;
  FindSuspension find_suspension_;
  GuessMemory memory_;
  journal::Journal& journal_;
  std::chrono::milliseconds store_deadline_;
  base::SteadyTime next_warning_{};  // under mutex_
};

}  // namespace gatepost::authpolicy
