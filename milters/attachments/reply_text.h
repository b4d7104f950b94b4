// What a sender is told when his message is not taken: which attachment and that it is the kind of
// file, in words that he can act on; no rule, path or host of ours. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/milter/verdict.h"
#include "milters/attachments/rules_policy.h"

namespace gatepost::attachments {

// 550 5.7.1, with the rule's own words where it has some. `contact` ends it where there is one.
milter::Reply RefusalReply(const RuleHit& hit, std::string_view contact);

// 451 4.7.1: it could not be judged for now, for a reason of ours.
milter::Reply TroubleReply();

// What stands in the place of an attachment that was taken out, in plain text.
std::string ReplacementText(const RuleHit& hit, std::string_view contact);

}  // namespace gatepost::attachments
