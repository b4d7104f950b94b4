#include "common/limits/subject.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/strings.h"
#include "common/config/spelling.h"
#include "common/mail/address.h"

namespace gatepost::limits {
namespace {

using accounts::Account;
using accounts::AccountNames;
using base::ErrorKind;
using base::Result;

constexpr unsigned kV4NetworkBits = 24;
constexpr unsigned kV6NetworkBits = 64;
constexpr std::string_view kPairMark = " + ";
constexpr std::size_t kMaxSubjectBytes = 2'048;

bool MustEscape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7f || c == '%';
}

std::string Sized(const base::IpAddress& address, unsigned bits) {
  return address.Masked(bits).Format() + "/" + std::to_string(bits);
}

// The word before the name.
std::string_view KindOf(By by) { return by == By::kUserDomain ? "pool" : Name(by); }

std::string MakeText(By by, std::string_view name) {
  std::string text(KindOf(by));
  return text.append(" ").append(name);
}

// A path's mailbox; what is none (no domain, an address literal) keeps its bytes.
Account AccountOf(std::string_view path, const AccountNames& names) {
  if (auto mailbox = names.CanonicalizeMailbox(path)) return *std::move(mailbox);
  const bool bracketed = path.starts_with('<') && path.ends_with('>');
  return names.Canonicalize(bracketed ? path.substr(1, path.size() - 2) : path);
}

bool IsClient(By by) { return by == By::kClient || by == By::kNetwork; }

}  // namespace

std::string EscapeName(std::string_view name) {
  std::string escaped;
  escaped.reserve(name.size());
  for (const char c : name) {
    if (!MustEscape(c)) {
      escaped += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    escaped += '%';
    escaped += "0123456789abcdef"[byte >> 4];
    escaped += "0123456789abcdef"[byte & 0x0f];
  }
  return escaped;
}

std::string UserText(std::string_view account) { return "user " + EscapeName(account); }

std::string UnescapeName(std::string_view escaped) {
  const auto hex = [&](std::size_t at) {
    return std::string_view("0123456789abcdef").find(at < escaped.size() ? escaped[at] : '.');
  };
  std::string name;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const bool encoded = escaped[i] == '%' && hex(i + 1) < 16 && hex(i + 2) < 16;
    name += encoded ? static_cast<char>(hex(i + 1) * 16 + hex(i + 2)) : escaped[i];
    if (encoded) i += 2;
  }
  return name;
}

std::string ClientText(const base::IpAddress& client) {
  return client.is_v6() ? Sized(client, kV6NetworkBits) : client.Format();
}

std::string NetworkText(const base::IpAddress& client) {
  return Sized(client, client.is_v6() ? kV6NetworkBits : kV4NetworkBits);
}

Subjects::Subjects(const Facts& facts, const AccountNames& names)
    : names_(names), client_(facts.client) {
  local_client_ = client_.family() == base::IpAddress::Family::kNone || client_.IsLoopback();
  const std::string client =
      client_.family() == base::IpAddress::Family::kNone ? "local" : ClientText(client_);
  const std::string network =
      client_.family() == base::IpAddress::Family::kNone ? "local" : NetworkText(client_);
  Slot(By::kClient) = MakeText(By::kClient, client);
  Slot(By::kNetwork) = MakeText(By::kNetwork, network);
  if (facts.account) {
    Slot(By::kUser) = MakeText(By::kUser, EscapeName(facts.account->name));
    if (facts.account->domain) {
      Slot(By::kUserDomain) = MakeText(By::kUserDomain, facts.account->domain->ascii());
      domain_ = "domain " + facts.account->domain->ascii();
    }
  }
  SetSender(facts);
}

void Subjects::SetSender(const Facts& facts) {
  if (!mail::IsNullPath(facts.reverse_path)) {
    SetSenders(AccountOf(facts.reverse_path, names_), facts);
  } else if (facts.account) {
    SetSenders(*facts.account, facts);
  }
}

void Subjects::SetSenders(const Account& sender, const Facts& facts) {
  // What keeps the budget of an address that is not proven apart from its owner's.
  const std::string apart =
      facts.account ? " by " + Text(By::kUser) : " from " + Text(By::kNetwork);
  const bool own = facts.account && sender.name == facts.account->name;
  Slot(By::kSender) = MakeText(By::kSender, EscapeName(sender.name)) + (own ? "" : apart);
  if (!sender.domain) return;
  const bool own_domain = facts.account && sender.domain == facts.account->domain;
  Slot(By::kSenderDomain) =
      MakeText(By::kSenderDomain, sender.domain->ascii()) + (own_domain ? "" : apart);
}

void Subjects::SetRecipient(std::string_view path) {
  path_ = path;
  Account mailbox = AccountOf(path, names_);
  recipient_ = std::move(mailbox.name);
  Slot(By::kRecipient) = MakeText(By::kRecipient, EscapeName(recipient_));
  Slot(By::kRecipientDomain) =
      mailbox.domain ? MakeText(By::kRecipientDomain, mailbox.domain->ascii()) : "";
}

std::string Subjects::Text(std::span<const By> by) const {
  const bool any_client = std::ranges::any_of(by, IsClient);
  const bool has_user = std::ranges::find(by, By::kUser) != by.end();
  if (any_client && local_client_ && !has_user) return "";
  const std::string& first = Text(by[0]);
  if (by.size() == 1 || first.empty()) return first;
  const std::string& second = Text(by[1]);
  if (second.empty()) return "";
  std::string pair;
  pair.reserve(first.size() + kPairMark.size() + second.size());
  return pair.append(first).append(kPairMark).append(second);
}

namespace {

tl::unexpected<base::Error> Wrong(std::string message) {
  return base::Fail(ErrorKind::kInvalid, std::move(message));
}

// Takes subjects apart as people write them.
class ScopeParser {
 public:
  ScopeParser(std::string_view text, const AccountNames& names) : names_(names) {
    for (const std::string_view word : base::Split(text, ' ')) {
      if (!word.empty()) words_.push_back(word);
    }
  }

  Result<Scope> Parse() {
    const auto plus = std::ranges::find(words_, "+");
    if (plus == words_.end()) return ParseOne(words_);
    const auto first = ParsePart({words_.begin(), plus});
    if (!first) return tl::unexpected(first.error());
    const auto second = ParsePart({plus + 1, words_.end()});
    if (!second) return tl::unexpected(second.error());
    const auto [low, high] = std::minmax(*first, *second);
    return Scope{Scope::Kind::kSubject, low.second + std::string(kPairMark) + high.second, {}};
  }

 private:
  using Words = std::span<const std::string_view>;
  using Part = std::pair<By, std::string>;

  Result<Scope> ParseOne(Words words) {
    if (words.size() == 2 && words[0] == "domain") {
      const auto domain = ParseDomain(words[1]);
      if (!domain) return tl::unexpected(domain.error());
      return Scope{Scope::Kind::kDomain, "domain " + *domain, {}};
    }
    if (words.size() == 2 && words[0] == "network") return ParseNetwork(words[1]);
    auto part = ParsePart(words);
    if (!part) return tl::unexpected(part.error());
    Scope scope{KindOfScope(part->first), std::move(part->second), {}};
    if (scope.kind == Scope::Kind::kNetwork) return ParseNetwork(scope.text.substr(7));
    return scope;
  }

  static Scope::Kind KindOfScope(By by) {
    switch (by) {
      case By::kUser:
        return Scope::Kind::kUser;
      case By::kUserDomain:
        return Scope::Kind::kPool;
      case By::kRecipient:
        return Scope::Kind::kRecipient;
      case By::kRecipientDomain:
        return Scope::Kind::kRecipientDomain;
      case By::kClient:
        return Scope::Kind::kNetwork;
      default:
        return Scope::Kind::kSubject;
    }
  }

  // "user alice", "sender bob@example.net from network 192.0.2.0/24".
  Result<Part> ParsePart(Words words) {
    if (words.size() < 2) return Wrong("whom it is for is two words, as in \"user alice\"");
    const auto by = ParseKind(words[0]);
    if (!by) return tl::unexpected(by.error());
    auto name = ParseName(*by, words[1]);
    if (!name) return tl::unexpected(name.error());
    std::string text = MakeText(*by, *name);
    if (words.size() == 2) return Part(*by, std::move(text));
    const bool sender = *by == By::kSender || *by == By::kSenderDomain;
    const bool apart_follows = words.size() == 5 && sender;
    const bool by_user = apart_follows && words[2] == "by" && words[3] == "user";
    const bool from = apart_follows && words[2] == "from" && words[3] == "network";
    if (!by_user && !from) {
      return Wrong("\"" + base::Printable(words[2], 40) + "\" is too much");
    }
    const auto apart = ParseName(by_user ? By::kUser : By::kNetwork, words[4]);
    if (!apart) return tl::unexpected(apart.error());
    text.append(by_user ? " by user " : " from network ").append(*apart);
    return Part(*by, std::move(text));
  }

  static Result<By> ParseKind(std::string_view word) {
    std::vector<std::string> known = {"domain"};
    for (std::size_t i = 0; i < kBys; ++i) {
      if (KindOf(By(i)) == word) return By(i);
      known.emplace_back(KindOf(By(i)));
    }
    const auto meant = config::Closest(word, known);
    return Wrong("\"" + base::Printable(word, 40) + "\" is none of user, domain, pool, client, " +
                 "network, recipient, recipient-domain, sender and sender-domain" +
                 (meant ? ", did you mean \"" + *meant + "\"?" : ""));
  }

  // In one spelling; names of people may be written as they are or encoded.
  Result<std::string> ParseName(By by, std::string_view name) {
    switch (by) {
      case By::kUser:
      case By::kSender:
      case By::kRecipient:
        return ParseAccount(name);
      case By::kUserDomain:
      case By::kSenderDomain:
      case By::kRecipientDomain:
        return ParseDomain(name);
      case By::kClient:
      case By::kNetwork:
        return ParseClient(by, name);
    }
    return Wrong("no such kind");
  }

  Result<std::string> ParseAccount(std::string_view name) {
    return EscapeName(names_.Canonicalize(UnescapeName(name)).name);
  }

  Result<std::string> ParseDomain(std::string_view name) {
    const auto domain = mail::Domain::Parse(name);
    if (!domain) return tl::unexpected(domain.error());
    return names_.CanonicalizeDomain(*domain).ascii();
  }

  static Result<std::string> ParseClient(By by, std::string_view name) {
    const auto network = base::Network::Parse(name);
    if (!network) return tl::unexpected(network.error());
    const std::string text =
        by == By::kClient ? ClientText(network->base()) : NetworkText(network->base());
    const bool whole = network->prefix_bits() == network->base().bits();
    if (whole || network->Format() == text) return text;
    if (by == By::kNetwork) return Wrong("write \"" + text + "\"");
    return Wrong("a client is one address; write \"network " + network->Format() + "\"");
  }

  static Result<Scope> ParseNetwork(std::string_view name) {
    const auto network = base::Network::Parse(name);
    if (!network) return tl::unexpected(network.error());
    return Scope{Scope::Kind::kNetwork, "network " + network->Format(), *network};
  }

  const AccountNames& names_;
  std::vector<std::string_view> words_;
};

}  // namespace

Result<Scope> Scope::Parse(std::string_view text, const AccountNames& names) {
  if (text.size() > kMaxSubjectBytes) return Wrong("whom it is for has at most 2,048 bytes");
  return ScopeParser(text, names).Parse();
}

}  // namespace gatepost::limits
