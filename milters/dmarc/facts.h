// All that was found out about one message, before anything is decided. Filled by the handler, read
// by the policies. Value types; they belong to one message.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/auth/arc_verifier.h"
#include "common/auth/dkim_verifier.h"
#include "common/auth/dmarc.h"
#include "common/auth/spf.h"
#include "common/base/ip_address.h"
#include "common/mail/author.h"
#include "milters/dmarc/block_lists.h"
#include "milters/dmarc/client_names.h"

namespace gatepost::dmarc {

// What the mail server told.
struct ClientFacts {
  base::IpAddress address;
  std::string helo;
  bool authenticated = false;           // logged in (SASL)
  bool local = false;                   // in a network of ours, or sendmail(1)
  std::string reverse_path;             // as sent; "" is the null sender
  std::vector<std::string> recipients;  // the first 50
  bool more_recipients = false;
  std::string queue_id;
};

struct SpfFacts {
  auth::SpfOutcome mail_from;  // for the null sender: of postmaster@HELO, and so is its domain
  std::string mail_from_domain;
  auth::SpfOutcome helo;
  // The identity that DMARC uses: MAIL FROM's domain, or HELO's for the null sender.
  std::optional<mail::Domain> identifier;
};

struct ReputationFacts {
  bool asked = false;
  double address = 0;  // scores between -1 and 1
  double network = 0;
  double domain = 0;   // of the aligned domain
  bool known = false;  // any of them has a past
};

struct Facts {
  ClientFacts client;
  IprevOutcome iprev;
  HeloOutcome helo;
  bool helo_is_us = false;
  std::vector<Listing> listings;

  SpfFacts spf;
  std::vector<auth::DkimSignatureResult> dkim;
  auth::ArcOutcome arc;

  mail::Author author;
  std::string list_id;  // the value between <> of List-Id, lower-case; "" without the field
  // One per distinct author domain (at most 10), the strictest first; one in the normal case, none
  // where there is no author domain.
  std::vector<auth::DmarcOutcome> dmarc;
  // By the other discovery method, for the first, where both are asked.
  std::optional<auth::DmarcOutcome> dmarc_by_other_method;

  ReputationFacts reputation;
};

// The different domains of the authors, in their order.
std::vector<mail::Domain> AuthorDomains(const mail::Author& author);

// Whose good name the message may use and spoil: the organizational domain of an author that DMARC
// confirmed.
std::optional<mail::Domain> AlignedDomain(const Facts& facts);

}  // namespace gatepost::dmarc
