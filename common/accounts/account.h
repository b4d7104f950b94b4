// Who an authenticated user is, in one spelling: the account that limits count and suspensions
// name. Pure once loaded; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/site_options.h"
#include "common/mail/domain.h"

namespace gatepost::accounts {

// An account's name in its one spelling: "alice@example.org", or "alice" where there is no domain.
struct Account {
  std::string name;
  std::optional<mail::Domain> domain;
  friend bool operator==(const Account&, const Account&) = default;
};

class AccountNames {
 public:
  // Reads the tables. Throws config::ConfigError.
  static std::shared_ptr<const AccountNames> Load(const config::AccountOptions& options);

  // Never fails: what is no address keeps its bytes, in lower case, capped. Case, IDN, the tag
  // after a delimiter, the default domain, then aliases (not repeated).
  Account Canonicalize(std::string_view sasl_user) const;
  // The same for a mailbox of the envelope; nothing where it is no address.
  std::optional<Account> CanonicalizeMailbox(std::string_view path) const;

 private:
  class Impl;
  explicit AccountNames(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gatepost::accounts
