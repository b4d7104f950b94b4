// Every option of gatepost-dkim, with its default. Plain values, filled at start and at reload.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/config/option_table.h"
#include "common/milter/listen_options.h"
#include "milters/dkim/key_row.h"
#include "milters/dkim/signing_policy.h"

namespace gatepost::dkim {

enum class Mode { kSign, kVerify, kBoth };
enum class Methods { kRelaxedRelaxed, kRelaxedSimple, kSimpleRelaxed, kSimpleSimple };
enum class SigningTrouble { kTempFail, kPass };
enum class LongLineAction { kSign, kRefuse };

struct DkimOptions {
  Mode mode = Mode::kSign;

  milter::ListenOptions listen{"inet:8891@127.0.0.1"};

  SigningRules rules;
  std::string key_table;
  std::string sender_table;
  Methods canonicalization = Methods::kRelaxedRelaxed;
  std::chrono::milliseconds expire{0};
  SigningTrouble on_trouble = SigningTrouble::kTempFail;
  bool replace_own = false;
  std::int64_t line_limit = 998;
  LongLineAction long_lines = LongLineAction::kSign;
  std::int64_t cached_keys = 1000;

  std::int64_t max_signatures = 8;
  std::chrono::milliseconds verify_timeout = std::chrono::seconds(10);
  std::int64_t min_rsa_bits = 1024;
  bool partial_body_passes = false;
};

// The methods that a choice stands for.
CanonicalizationPair ToPair(Methods methods);

// Declares them all, bound to `options`.
void Declare(config::OptionTable& table, DkimOptions& options);

}  // namespace gatepost::dkim
