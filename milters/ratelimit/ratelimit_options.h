// Every option of gatepost-ratelimit, with its default. Plain values, filled at start and at
// reload. The detector's and the warm-up's stand with them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ip_address.h"
#include "common/config/option_table.h"
#include "common/milter/listen_options.h"
#include "milters/ratelimit/detector_policy.h"

namespace gatepost::ratelimit {

enum class RuleMode { kEnforce, kShadow, kOff };

struct LimitRules {
  std::vector<std::string> limits = {
      "250 recipients / hour by user",
      "1000 recipients / day by user",
      "200 new-recipients / day by user mode=shadow",
  };
  std::string table;                        // path; "": none
  std::int64_t recipients_per_message = 0;  // 0: as many as the mail server takes
  RuleMode recipients_per_message_mode = RuleMode::kEnforce;
  std::chrono::milliseconds reservation_life = std::chrono::minutes(15);
  std::chrono::milliseconds known_life = std::chrono::hours(24 * 90);
  std::int64_t most_known = 5'000;
  std::string contact;  // whom a user may ask; "": nobody is named
};

// Mail of clients in these networks is not counted.
struct Exemptions {
  std::vector<base::Network> networks;
  bool local = true;  // sendmail(1)
  // What happens to it over a limit where it is counted. The mail server has taken it already, and
  // there is no client to hear of it.
  enum class LocalOver { kPass, kHold };
  LocalOver local_over_limit = LocalOver::kPass;
};

// Hosts whose users share one address: there mail counts for its user, never for the address.
struct WebMailRules {
  RuleMode mode = RuleMode::kShadow;  // of: mail from there needs a user
  std::vector<base::Network> networks;
};

struct WarningRules {
  std::int64_t percent = 80;
  bool notice = false;
  bool header = false;
};

// What is done about an account that the detector finds.
struct ResponseRules {
  bool kick = true;           // end its sessions (gatepost-privileged)
  bool new_password = false;  // run the site's hook (gatepost-privileged)
  bool tell_owner = true;
  std::string privileged_socket = "/run/gatepost/privileged.sock";
  std::string throttle = "2 messages / minute";

  friend bool operator==(const ResponseRules&, const ResponseRules&) = default;
};

struct NoticeRules {
  std::string from;                 // "": postmaster@hostname
  std::vector<std::string> admins;  // who is told of suspensions; empty: the postmaster
  bool postmasters = true;          // each domain's is told of its accounts
  std::string server = "127.0.0.1:25";
  std::string languages;  // path of a table: domain or user, language
  std::string templates;  // a folder; "": the texts that are built in
  // No option: how long to wait before each further try where the mail server does not take one.
  std::vector<std::chrono::milliseconds> retry_after{
      std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::minutes(2),
      std::chrono::minutes(10)};

  friend bool operator==(const NoticeRules&, const NoticeRules&) = default;
};

// New sending addresses.
struct WarmUpRules {
  enum class Over { kHold, kDefer };
  std::string table;  // path; "": none
  Over over = Over::kHold;
  std::vector<std::string> own_transports;  // beside those that Postfix and Debian bring

  friend bool operator==(const WarmUpRules&, const WarmUpRules&) = default;
};

struct ReputationRules {
  bool enabled = true;
};

struct RatelimitOptions {
  milter::ListenOptions listen{"inet:8894@127.0.0.1"};
  LimitRules limits;
  Exemptions exempt;
  WebMailRules web_mail;
  WarningRules warning;
  DetectorRules detector;
  ResponseRules response;
  NoticeRules notices;
  WarmUpRules warmup;
  ReputationRules reputation;
};

// `options` must outlive the table.
void Declare(config::OptionTable& table, RatelimitOptions& options);

}  // namespace gatepost::ratelimit
