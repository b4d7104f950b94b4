// Every option of gatepost-dmarc, with its default. Plain values, filled at start and at reload.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ip_address.h"
#include "common/config/option_table.h"
#include "common/milter/listen_options.h"
#include "milters/dmarc/rule.h"

namespace gatepost::dmarc {

enum class OnTempError { kDefer, kPass };

// Whose mail gets its results, but is not acted on.
struct Exemptions {
  bool authenticated = true;
  bool local = true;
  std::vector<base::Network> networks;
};

struct SpfRules {
  RuleMode mode = RuleMode::kOff;
  Action mail_from_fail = Action::kRefuse;
  Action helo_fail = Action::kPass;
  bool quote_explanation = false;
};

struct DkimChecks {
  std::int64_t max_signatures = 8;
  std::int64_t min_rsa_bits = 1024;
  bool partial_body_passes = false;
};

enum class Discovery { kTreeWalk, kPublicSuffixList, kBoth };

struct DmarcRules {
  RuleMode mode = RuleMode::kEnforce;
  Discovery discovery = Discovery::kTreeWalk;
  std::string public_suffix_list = "/usr/share/publicsuffix/public_suffix_list.dafsa";
  Action reject = Action::kRefuse;
  Action quarantine = Action::kTag;
  Action none = Action::kPass;
};

// kStrictest: the strictest DMARC policy among the message's author domains is followed.
enum class AuthorAction { kStrictest, kPass, kTag, kHold, kRefuse };

struct AuthorRules {
  RuleMode mode = RuleMode::kEnforce;
  AuthorAction several_fields = AuthorAction::kRefuse;
  AuthorAction unparsable = AuthorAction::kRefuse;
  AuthorAction missing = AuthorAction::kTag;
  AuthorAction no_address = AuthorAction::kTag;
  AuthorAction several_domains = AuthorAction::kStrictest;
  AuthorAction hidden_address = AuthorAction::kStrictest;
};

// Who may break alignment because we know him. Here and below, domains are patterns: a name, or
// "*.name" for all names below it (domain_pattern.h).
struct Forwarders {
  RuleMode mode = RuleMode::kEnforce;
  std::vector<std::string> names;    // forward-confirmed host names
  std::vector<std::string> domains;  // d= of passing signatures
  std::vector<base::Network> networks;
};

struct MailingLists {
  RuleMode mode = RuleMode::kEnforce;
  std::vector<std::string> trusted;  // rows that TrustedList::Parse takes
};

// What a trusted sealer must have found when the message reached it.
enum class SealedEvidence { kDmarcPass, kNothing };

struct ArcRules {
  RuleMode mode = RuleMode::kEnforce;
  std::vector<std::string> trusted_sealers;  // d=
  SealedEvidence evidence = SealedEvidence::kDmarcPass;
  bool seal = false;
  std::string seal_domain;
  std::string seal_selector;
  std::string seal_key;
};

// One check of the client. Its points count in every mode but off.
struct ClientRule {
  RuleMode mode = RuleMode::kShadow;
  Action action = Action::kRefuse;
  std::int64_t points = -10;
};

struct ClientRules {
  ClientRule no_ptr;                         // [client_no_ptr]
  ClientRule unconfirmed{.points = -15};     // [client_unconfirmed]
  ClientRule helo_no_name;                   // [client_helo_no_name]
  ClientRule helo_unresolved;                // [client_helo_unresolved]
  ClientRule helo_mismatch{.points = -5};    // [client_helo_mismatch]
  ClientRule helo_is_us{RuleMode::kEnforce,  // [client_helo_is_us]
                        Action::kRefuse, -60};
  std::vector<std::string> our_names;  // beside the site's hostname
};

struct BlockListRules {
  RuleMode mode = RuleMode::kEnforce;
  std::vector<std::string> lists;  // rows that BlockList::Parse takes
  std::int64_t tag_at = 5;         // sums of weights; 0: never
  std::int64_t refuse_at = 10;
  std::int64_t points_per_weight = -6;
};

struct TrustRules {
  RuleMode mode = RuleMode::kShadow;
  std::int64_t tag_below = -40;  // -100: never
  std::int64_t refuse_below = -80;
};

struct ReputationRules {
  bool enabled = true;
  std::int64_t points = 30;  // for the best score; as many off for the worst
  std::chrono::milliseconds half_life = std::chrono::hours(24 * 7);
  std::int64_t prior = 10;
  std::int64_t cached_subjects = 100'000;
  std::chrono::milliseconds cache_time = std::chrono::seconds(60);

  friend bool operator==(const ReputationRules&, const ReputationRules&) = default;
};

struct GreylistRules {
  RuleMode mode = RuleMode::kOff;
  std::int64_t below = 0;  // trust
  std::chrono::milliseconds min_delay = std::chrono::minutes(5);
  std::chrono::milliseconds window = std::chrono::hours(24 * 2);
  std::chrono::milliseconds proof_life = std::chrono::hours(24 * 35);

  friend bool operator==(const GreylistRules&, const GreylistRules&) = default;
};

struct ResultHeaders {
  bool received_spf = false;
  std::string tag_header = "X-Gatepost-Tag";
  std::string trust_header;  // "": none
};

struct ReportRules {
  bool collect = true;
  std::vector<std::string> exclude;             // policy domains
  std::vector<std::string> exclude_recipients;  // whole addresses, or "@domain"
  bool failure_reports = false;
  std::string failure_sender;  // the address that failure reports come from
  std::int64_t failure_per_hour = 5;
  std::int64_t failure_per_hour_in_all = 100;
};

struct DmarcOptions {
  std::chrono::milliseconds budget = std::chrono::seconds(10);
  OnTempError on_temperror = OnTempError::kDefer;

  milter::ListenOptions listen{"inet:8893@127.0.0.1"};  // fixed while the program runs

  Exemptions exempt;
  SpfRules spf;
  DkimChecks dkim;
  DmarcRules dmarc;
  AuthorRules author;
  Forwarders forwarders;
  MailingLists lists;
  ArcRules arc;
  ClientRules client;
  BlockListRules block_lists;
  TrustRules trust;
  ReputationRules reputation;
  GreylistRules greylist;
  ResultHeaders results;
  ReportRules reports;
};

// Declares them all, bound to `options`.
void Declare(config::OptionTable& table, DmarcOptions& options);

// What is wrong with options that are each right alone, as a sentence; "" where nothing is.
std::string FindContradiction(const DmarcOptions& options);

}  // namespace gatepost::dmarc
