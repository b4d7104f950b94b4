// Decides whether a message is ours to sign, and for which domain. Pure: facts in, decision out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/domain.h"
#include "common/milter/origin.h"
#include "milters/dkim/key_table.h"
#include "milters/dkim/sender_table.h"

namespace gatepost::dkim {

// What to do with a message that we should sign and cannot, for a reason that lies in the message.
enum class Unsigned { kPass, kRefuse };
enum class UnknownDomain { kPass, kRefuse, kDefaultDomain };

struct SigningRules : milter::OriginRules {
  bool envelope_fallback = false;
  UnknownDomain unknown_domain = UnknownDomain::kPass;
  std::string default_domain;
  Unsigned bad_author = Unsigned::kPass;
  Unsigned unlisted_sender = Unsigned::kRefuse;
};

// What is known of the sender at end of headers.
struct SenderFacts {
  std::optional<mail::Domain> author_domain;  // of the From field; nothing: no single good one
  std::string author_problem;                 // why there is none
  std::optional<mail::Domain> envelope_domain;
  std::string_view sasl_user;  // "" when not authenticated
  std::string_view stream;     // "" for none
};

struct SigningDecision {
  enum class Kind { kSign, kPass, kRefuse };
  Kind kind = Kind::kPass;
  std::vector<KeyRow> keys;  // kSign
  std::string rule;          // the option that decided: "bad_author", "unknown_domain", ...
  std::string reason;        // for the log and the journal
  std::string reply;         // kRefuse: the text for the sender
};

// `senders` is null where the site lets every user sign for every domain.
SigningDecision DecideSigning(const SigningRules& rules, const KeyTable& keys,
                              const SenderTable* senders, const SenderFacts& facts);

}  // namespace gatepost::dkim
