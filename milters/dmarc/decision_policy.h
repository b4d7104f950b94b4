// Turns the facts about a message into a decision. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milters/dmarc/dmarc_options.h"
#include "milters/dmarc/facts.h"
#include "milters/dmarc/override_policy.h"
#include "milters/dmarc/rule.h"
#include "milters/dmarc/trust_policy.h"

namespace gatepost::dmarc {

struct Decision {
  Action action = Action::kPass;        // the strongest enforced finding's
  std::optional<std::size_t> deciding;  // its index in findings, the first of equals; nothing where
                                        // the mail passes
  std::vector<Finding> findings;        // author, dmarc, spf, client, block_lists, trust
  std::vector<Override> overrides;      // why the owner's policy was not followed; each once
  bool acquitted = false;  // DMARC does not pass, and a trusted path or an exemption set it aside
  auth::DmarcPolicy applied = auth::DmarcPolicy::kNone;  // the disposition as it was done
  Trust trust;
  // Whether the message may be asked to come back; the greylist itself is asked by the handler.
  bool greylist_candidate = false;
};

Decision Decide(const DmarcOptions& options, const Facts& facts);

// "pass", "tag", "hold", "defer", "refuse".
std::string_view Name(Action action);

// The finding of a message that the greylist asks to come back.
Finding AskToComeBack(const GreylistRules& rules, std::string evidence);
// What was found after Decide; it may change the action.
void AddFinding(Finding finding, Decision& decision);

// The rules whose enforced findings asked for a tag or a hold, each once, "author, dmarc": the
// value of results.tag_header. "" where the message is not tagged.
std::string FormatTags(const Decision& decision);
// "-35 (dmarc_fail_none -20, spf_fail -15)": the value of results.trust_header.
std::string FormatTrust(const Trust& trust);

}  // namespace gatepost::dmarc
