// Finds what rules may ask of a message itself: in its connection and envelope, and in the store.
// Any thread.
#pragma once

#include "milters/attachments/message_context.h"
#include "milters/attachments/message_facts.h"

namespace gatepost::attachments {

// All that is known once MAIL was said.
MessageFacts FindFacts(const MessageContext& context, Direction direction);

// What the store knows, where a rule asks for it; once the message has its queue id.
void AskStore(const MessageContext& context, MessageFacts& facts);

}  // namespace gatepost::attachments
