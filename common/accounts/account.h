// Who an authenticated user is, in one spelling: the account that limits count and suspensions
// name. Pure once loaded; any thread.
//
//   Alice+lists@EXAMPLE.org   alice@example.org    case, the tag after a delimiter
//   alice@bücher.example      alice@xn--bcher-kva.example
//   alice                     alice@example.org    where that is the default domain
//   sales@example.org         alice@example.org    where a table says so
//   EXAMPLE\alice             example\alice        no address: the bytes, in lower case
//
// Case is that of ASCII. A tag begins at the first delimiter that is not the first character. A
// name has at most 320 bytes: what is longer keeps its beginning and its domain, with "~" and a
// hash (FNV-1a, 64 bits) of the whole between them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/site_options.h"
#include "common/mail/domain.h"

namespace gatepost::accounts {

inline constexpr std::size_t kMaxAccountBytes = 320;  // 64 "@" 255, as RFC 5321 has it

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
  // after a delimiter, the default domain, then aliases (not repeated). Quotes and angle brackets
  // are bytes like others: to the login server they make another user.
  Account Canonicalize(std::string_view sasl_user) const;
  // The same for a mailbox of the envelope, unquoted; nothing where it is no address.
  std::optional<Account> CanonicalizeMailbox(std::string_view path) const;
  // The domain that `domain` stands for, by the table; mostly itself.
  mail::Domain CanonicalizeDomain(const mail::Domain& domain) const;

 private:
  class Impl;
  explicit AccountNames(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gatepost::accounts
