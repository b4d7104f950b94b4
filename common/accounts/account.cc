#include "common/accounts/account.h"

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "common/base/strings.h"
#include "common/config/config_error.h"
#include "common/config/table_file.h"
#include "common/mail/address.h"

namespace gatepost::accounts {
namespace {

template <class Value>
using Table = std::unordered_map<std::string, Value, base::StringHash, std::equal_to<>>;
using Complaint = std::optional<std::string>;

std::string HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(hash >> shift) & 0x0f];
  return hex;
}

// `text` in at most `most` bytes; `sign` and a hash stand for the rest.
std::string Capped(std::string text, std::size_t most, std::string_view sign = "~") {
  if (text.size() <= most) return text;
  const std::string mark = std::string(sign) + HashOf(text);
  text.resize(most - mark.size());
  return text + mark;
}

// Nothing in the table stands for something that stands for something else.
template <class Value, class NameOf>
std::string FindChain(const Table<Value>& table, const std::string& file, NameOf name_of) {
  for (const auto& [from, to] : table) {
    const std::string& name = name_of(to);
    const auto next = table.find(name);
    if (name == from || next == table.end() || name_of(next->second) == name) continue;
    return file + ": " + from + " stands for " + name + ", which stands for " +
           name_of(next->second) + "; name that one instead";
  }
  return "";
}

}  // namespace

class AccountNames::Impl {
 public:
  explicit Impl(const config::AccountOptions& options) : delimiters_(options.recipient_delimiters) {
    // Domains first: what the other table names is spelled with them.
    if (!options.domain_aliases.empty()) LoadDomains(options.domain_aliases);
    SetDefaultDomain(options.default_domain);
    if (!options.aliases.empty()) LoadAliases(options.aliases);
  }

  Account Canonicalize(std::string_view login) const { return Owner(Spell(login)); }

  std::optional<Account> CanonicalizeMailbox(std::string_view path) const {
    auto address = mail::ParsePath(path);
    if (!address) return std::nullopt;
    // Without a name it is nobody's mailbox, as a login that reads the same.
    if (address->local_part.empty()) return Owner(Spell("@" + address->domain.ascii()));
    return Owner(Join(address->local_part, std::move(address->domain)));
  }

  mail::Domain CanonicalizeDomain(mail::Domain domain) const {
    if (domains_.empty()) return domain;
    const auto found = domains_.find(domain.ascii());
    return found == domains_.end() ? std::move(domain) : found->second;
  }

 private:
  // Everything but the table of aliases.
  Account Spell(std::string_view login) const {
    const std::size_t at = login.rfind('@');
    if (at != std::string_view::npos && at != 0) {
      auto domain = mail::Domain::Parse(login.substr(at + 1));
      if (domain) return Join(login.substr(0, at), *std::move(domain));
    }
    const bool bare = at == std::string_view::npos && login.find('\\') == std::string_view::npos;
    if (!bare || login.empty()) {
      // What remains must not read as a bare name.
      return {Capped(base::ToLower(login), kMaxAccountBytes, "\\~"), std::nullopt};
    }
    if (default_domain_) return Join(login, *default_domain_);
    return {Capped(LocalPart(login), kMaxAccountBytes), std::nullopt};
  }

  std::string LocalPart(std::string_view local) const {
    // A delimiter at the very beginning leaves no name before it: it is part of the name.
    const std::size_t tag = delimiters_.empty() ? local.npos : local.find_first_of(delimiters_, 1);
    return base::ToLower(local.substr(0, tag));
  }

  Account Join(std::string_view local, mail::Domain domain) const {
    domain = CanonicalizeDomain(std::move(domain));
    const std::size_t room = kMaxAccountBytes - 1 - domain.ascii().size();
    std::string name = Capped(LocalPart(local), room) + "@" + domain.ascii();
    return {std::move(name), std::move(domain)};
  }

  Account Owner(Account account) const {
    if (aliases_.empty()) return account;
    const auto found = aliases_.find(account.name);
    return found == aliases_.end() ? account : found->second;
  }

  void SetDefaultDomain(const std::string& name) {
    if (name.empty()) return;
    auto domain = mail::Domain::Parse(name);
    if (!domain) throw config::ConfigError("accounts.default_domain: " + domain.error().message);
    default_domain_ = CanonicalizeDomain(*std::move(domain));
  }

  void LoadDomains(const std::string& path) {
    config::TableFile::Load(path).ForEachRow([&](const config::TableRow& row) -> Complaint {
      if (row.fields.size() != 2) return "a row is: a domain, the domain that it stands for";
      const auto from = mail::Domain::Parse(row.fields[0]);
      if (!from) return from.error().message;
      auto to = mail::Domain::Parse(row.fields[1]);
      if (!to) return to.error().message;
      return AddTo(domains_, from->ascii(), *std::move(to));
    });
    ThrowIfAny(FindChain(domains_, path,
                         [](const mail::Domain& d) -> const std::string& { return d.ascii(); }));
  }

  void LoadAliases(const std::string& path) {
    config::TableFile::Load(path).ForEachRow([&](const config::TableRow& row) -> Complaint {
      if (row.fields.size() != 2) return "a row is: a login, the account that owns it";
      return AddTo(aliases_, Spell(row.fields[0]).name, Spell(row.fields[1]));
    });
    ThrowIfAny(
        FindChain(aliases_, path, [](const Account& a) -> const std::string& { return a.name; }));
  }

  template <class Value>
  static Complaint AddTo(Table<Value>& table, std::string from, Value to) {
    const auto [place, is_new] = table.emplace(std::move(from), to);
    if (is_new || place->second == to) return std::nullopt;
    return base::Printable(place->first) + " already stands for another one";
  }

  static void ThrowIfAny(const std::string& problem) {
    if (!problem.empty()) throw config::ConfigError(problem);
  }

  std::string delimiters_;
  std::optional<mail::Domain> default_domain_;
  Table<mail::Domain> domains_;
  Table<Account> aliases_;
};

std::shared_ptr<const AccountNames> AccountNames::Load(const config::AccountOptions& options) {
  return std::shared_ptr<const AccountNames>(
      new AccountNames(std::make_shared<const Impl>(options)));
}

Account AccountNames::Canonicalize(std::string_view sasl_user) const {
  return impl_->Canonicalize(sasl_user);
}

std::optional<Account> AccountNames::CanonicalizeMailbox(std::string_view path) const {
  return impl_->CanonicalizeMailbox(path);
}

mail::Domain AccountNames::CanonicalizeDomain(const mail::Domain& domain) const {
  return impl_->CanonicalizeDomain(domain);
}

}  // namespace gatepost::accounts
