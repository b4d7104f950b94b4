#include "milters/attachments/fact_finder.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/base/strings.h"
#include "common/mail/address.h"
#include "common/store/keys.h"

namespace gatepost::attachments {
namespace {

std::string AccountOf(const MessageContext& context) {
  if (context.envelope.sasl_user.empty()) return "";
  return context.configuration->accounts->Canonicalize(context.envelope.sasl_user).name;
}

std::string DomainOf(const std::string& path) {
  const auto parsed = mail::ParsePath(path);
  return parsed ? parsed->domain.ascii() : "";
}

// "dmarc=pass spf=pass trust=12": the word behind "dmarc=".
std::string FindDmarc(std::string_view text) {
  constexpr std::string_view kName = "dmarc=";
  for (const std::string_view word : base::Split(text, ' ')) {
    if (word.starts_with(kName)) return std::string(word.substr(kName.size()));
  }
  return "";
}

// What the program before us in the chain found; unknown where there is none.
void AskAuthentication(const MessageContext& context, MessageFacts& facts) {
  if (facts.direction == Direction::kOut || context.envelope.queue_id.empty()) return;
  const auto key = store::KeyMaker::Fact(context.site.hostname, context.envelope.queue_id, "auth");
  const auto value =
      context.site.store.Get(key, context.site.clock.Steady() + context.site.store_deadline);
  if (value && *value) facts.authentication = FindDmarc(**value);
}

void AskReputation(const MessageContext& context, MessageFacts& facts) {
  if (facts.direction == Direction::kOut || facts.client.bits() == 0) return;
  const std::array subjects{reputation::Subject::Address(facts.client),
                            reputation::Subject::Network(facts.client)};
  const auto standings = context.site.reputation.Look(
      subjects, context.site.clock.Steady() + context.site.store_deadline);
  for (const reputation::Standing& standing : standings) {
    if (!standing.known) continue;
    facts.reputation = std::min(facts.reputation.value_or(1), standing.score);
  }
}

}  // namespace

MessageFacts FindFacts(const MessageContext& context, Direction direction) {
  MessageFacts facts;
  facts.direction = direction;
  facts.user = AccountOf(context);
  facts.sender = base::ToLower(context.envelope.reverse_path);
  facts.sender_domain = DomainOf(context.envelope.reverse_path);
  facts.client = context.connection.client;
  return facts;
}

void AskStore(const MessageContext& context, MessageFacts& facts) {
  const Wanted& wanted = context.configuration->rules.wanted();
  if (wanted.authentication) AskAuthentication(context, facts);
  if (wanted.reputation) AskReputation(context, facts);
}

}  // namespace gatepost::attachments
