// Every option of gatepost-attachments, with its default. Plain values, filled at start and at
// reload.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/config/option_table.h"
#include "common/milter/listen_options.h"
#include "common/milter/origin.h"
#include "milters/attachments/hold_notice_writer.h"

namespace gatepost::attachments {

// What becomes of a message that could not be judged for a reason that lies with us.
enum class Trouble { kDefer, kHold, kPass };

struct RuleOptions {
  std::string file;                                   // path; "": the default rules
  bool allow_discard = false;                         // whether a rule may drop mail without a word
  std::string tag_header = "X-Gatepost-Attachments";  // "": tags are only recorded
  std::string contact;                                // whom a sender may ask; "": nobody is named
};

// What one message may cost.
struct LookOptions {
  std::int64_t parts = 10'000;
  std::int64_t mime_depth = 50;
  std::int64_t depth = 10;
  std::int64_t members = 10'000;
  std::int64_t unpacked = std::int64_t{512} << 20;
  std::int64_t ratio = 200;
  std::chrono::milliseconds time{1'500};
  std::chrono::milliseconds wait{10'000};
  std::int64_t spool_bytes = std::int64_t{128} << 20;
  std::string spool_folder;  // "": the state directory
  Trouble trouble = Trouble::kDefer;
};

// The confined processes that look into files.
struct ScannerRules {
  std::string program;  // "": gatepost-attachment-scanner beside this program
  std::int64_t processes = 0;
  std::string user;
  std::int64_t memory = std::int64_t{48} << 20;
  std::int64_t requests = 5'000;
  bool allow_unconfined = false;

  friend bool operator==(const ScannerRules&, const ScannerRules&) = default;
};

// clamd, asked by INSTREAM.
struct MalwareRules {
  std::string clamd;  // "": none
  std::chrono::milliseconds time{10'000};
  std::int64_t most_bytes = std::int64_t{25} << 20;
  Trouble trouble = Trouble::kDefer;

  friend bool operator==(const MalwareRules&, const MalwareRules&) = default;
};

struct OutbreakRules {
  std::int64_t senders = 10;
  std::chrono::milliseconds window{std::chrono::hours(1)};

  friend bool operator==(const OutbreakRules&, const OutbreakRules&) = default;
};

struct AttachmentsOptions {
  milter::ListenOptions listen{"inet:8895@127.0.0.1"};
  milter::OriginRules outgoing;
  std::vector<base::Network> exempt;  // clients whose mail is not looked at
  RuleOptions rules;
  LookOptions look;
  ScannerRules scanner;
  MalwareRules malware;
  OutbreakRules outbreak;
  HoldNoticeOptions notices;
  bool reputation = true;
};

// `options` must outlive the table.
void Declare(config::OptionTable& table, AttachmentsOptions& options);

}  // namespace gatepost::attachments
