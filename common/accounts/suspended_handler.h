// Refuses a suspended account's mail in a program that answers at end of message. The account is
// looked up there and not at MAIL, so that a suspension stops mail that is under way as well, and
// costs the mail of others no reply. Used by such programs' NewMessage.
#pragma once

#include <memory>
#include <string_view>

#include "common/accounts/account.h"
#include "common/accounts/suspensions.h"
#include "common/journal/journal.h"
#include "common/milter/connection.h"
#include "common/milter/message_handler.h"

namespace gatepost::accounts {

// What the refusal needs; all that is referred to outlives the handlers.
struct SuspensionGuard {
  std::shared_ptr<const AccountNames> names;
  const Suspensions& suspensions;
  journal::Journal& journal;
  std::string_view counter;  // counted at each refusal; from the program's fixed list
};

// `handler` itself where nobody logged in. Else one that passes every event on to it, but refuses
// at end of message where the user's account is suspended then. `handler` may be nullptr: a message
// that the program accepts unseen.
std::unique_ptr<milter::MessageHandler> RefuseSuspended(
    const SuspensionGuard& guard, const milter::Connection& connection,
    const milter::Envelope& envelope, std::unique_ptr<milter::MessageHandler> handler);

}  // namespace gatepost::accounts
