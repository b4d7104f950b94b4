// What a sender is told when his mail is refused or deferred: which policy, and what failed, in
// words that his administrator can act on; no rule, path or host of ours. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/milter/verdict.h"
#include "milters/dmarc/facts.h"
#include "milters/dmarc/rule.h"

namespace gatepost::dmarc {

// `detail` is the enhanced status code without its class: "7.26".
struct ReplyText {
  std::string_view detail = "7.1";
  std::vector<std::string> lines;
};

// With 550 and 5.x.x for kRefuse, 451 and 4.x.x for kDefer; empty for other actions.
milter::Reply ToReply(Action action, ReplyText text);

// "SPF fail for example.org, no DKIM signature": why nothing is aligned.
std::string DescribeShortfall(const Facts& facts, const auth::DmarcOutcome& outcome);

ReplyText DmarcFailText(const Facts& facts, const auth::DmarcOutcome& outcome);
ReplyText DmarcTempErrorText(const auth::DmarcOutcome& outcome);
// Of what might be refused, were it known whether a path of it is trusted.
ReplyText HiddenPathText(const Facts& facts);
ReplyText SpfFailText(const ClientFacts& client, std::string_view domain);
// The words that the domain publishes for those who fail its SPF, marked as its own.
std::string QuoteExplanation(const auth::SpfOutcome& spf, std::string_view domain);
ReplyText ListingText(const std::vector<Listing>& listings);

}  // namespace gatepost::dmarc
