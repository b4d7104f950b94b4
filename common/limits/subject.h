// Whom a message counts for, as text in one spelling:
//
//   user alice@example.org                            pool example.org
//   client 192.0.2.1, client 2001:db8::/64            network 192.0.2.0/24, network 2001:db8::/64
//   recipient bob@example.net                         recipient-domain example.net
//   user alice@example.org + recipient bob@example.net
//
// An envelope sender proves nothing, so nobody's budget can be burnt with it:
//   sender alice@example.org                          the user's own address, or a null sender
//   sender bob@example.net by user alice@example.org  any other address that a user writes
//   sender bob@example.net from network 192.0.2.0/24  nobody is logged in
// and so for sender-domain, where the user's own is the account's domain. Without a user, bounces
// (null senders) count for no sender.
//
// Local clients (loopback, sockets) are no subject, except in a pair with user: all web mail would
// share it. Blanks, controls and "%" in names are percent-encoded, so no name reads as a pair.
// Values; each is used by one thread at a time.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/accounts/account.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/limits/limit.h"

namespace gatepost::limits {

// What is known of a message at MAIL.
struct Facts {
  std::optional<accounts::Account> account;  // who logged in
  std::string_view reverse_path;             // as sent; "" or "<>": null
  base::IpAddress client;
};

class Subjects {
 public:
  // `names` outlives this object. Without a recipient at first.
  Subjects(const Facts& facts, const accounts::AccountNames& names);
  // As sent, at each RCPT; for the charges of that recipient.
  void SetRecipient(std::string_view path);

  // Of a limit that counts by one or two of them; "" where it does not apply to this message.
  std::string Text(std::span<const By> by) const;
  // "" where there is none.
  const std::string& Text(By by) const { return texts_[static_cast<std::size_t>(by)]; }

  // For exceptions (exceptions.h): "domain example.org", each mailbox of the account's domain.
  const std::string& domain() const { return domain_; }
  const base::IpAddress& client() const { return client_; }
  // The recipient as sent.
  const std::string& path() const { return path_; }
  // The recipient's one spelling, to ask whether it is new.
  const std::string& recipient() const { return recipient_; }

 private:
  std::string& Slot(By by) { return texts_[static_cast<std::size_t>(by)]; }
  void SetSender(const Facts& facts);
  void SetSenders(const accounts::Account& sender, const Facts& facts);

  const accounts::AccountNames& names_;
  std::array<std::string, kBys> texts_;
  std::string domain_;
  std::string path_;
  std::string recipient_;
  base::IpAddress client_;
  bool local_client_ = false;
};

// Whom an exception is for: a subject, "domain NAME" for each of its mailboxes, or a network of any
// size.
struct Scope {
  enum class Kind { kUser, kDomain, kPool, kRecipient, kRecipientDomain, kNetwork, kSubject };
  Kind kind = Kind::kUser;
  std::string text;                      // in one spelling
  std::optional<base::Network> network;  // kNetwork: of "client" and "network" alike

  // "user Alice@Example.ORG", "domain example.org", "client 192.0.2.1", a pair ... in any spelling;
  // kInvalid with a sentence that helps.
  static base::Result<Scope> Parse(std::string_view text, const accounts::AccountNames& names);
};

// A name in a subject's text: blanks, controls and "%" encoded.
std::string EscapeName(std::string_view name);
std::string UnescapeName(std::string_view escaped);
// "user alice@example.org", of an account's name.
std::string UserText(std::string_view account);
// "192.0.2.1" or "2001:db8::/64"; "192.0.2.0/24" or "2001:db8::/64".
std::string ClientText(const base::IpAddress& client);
std::string NetworkText(const base::IpAddress& client);

}  // namespace gatepost::limits
