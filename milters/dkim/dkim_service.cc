#include "milters/dkim/dkim_service.h"

#include <utility>

#include "common/accounts/suspended_handler.h"
#include "milters/dkim/signing_handler.h"
#include "milters/dkim/verifying_handler.h"

namespace gatepost::dkim {

DkimService::DkimService(Configuration::Pointer configuration, Configuration::Loader load,
                         dns::Resolver& resolver, const accounts::Suspensions& suspensions,
                         journal::Journal& journal)
    : configuration_(std::move(configuration), std::move(load)),
      resolver_(resolver),
      suspensions_(suspensions),
      journal_(journal) {}

milter::Stages DkimService::stages() const { return milter::Stages::Listening(); }

std::unique_ptr<milter::MessageHandler> DkimService::NewMessage(
    const milter::Connection& connection, const milter::Envelope& envelope) {
  const auto configuration = configuration_.Current();
  return accounts::RefuseSuspended(
      {configuration->accounts, suspensions_, journal_, "dkim.suspended"}, connection, envelope,
      NewHandler({configuration, connection, envelope, base::SystemClock::Instance(), journal_}));
}

std::unique_ptr<milter::MessageHandler> DkimService::NewHandler(MessageContext context) {
  const DkimOptions& options = context.configuration->options;
  const std::string_view origin = options.mode == Mode::kVerify
                                      ? std::string_view()
                                      : Origin(options.rules, context.connection, context.envelope);
  if (!origin.empty()) return std::make_unique<SigningHandler>(std::move(context), origin);
  if (options.mode == Mode::kSign) return nullptr;
  return std::make_unique<VerifyingHandler>(std::move(context), resolver_);
}

}  // namespace gatepost::dkim
