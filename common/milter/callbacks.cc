#include "common/milter/callbacks.h"

#include <atomic>
#include <exception>
#include <memory>
#include <span>

#include "common/log/log.h"
#include "common/milter/negotiation.h"
#include "common/milter/session.h"

namespace gatepost::milter {
namespace {

Service* g_service = nullptr;  // set before libmilter starts, constant from then on

// What the last negotiation gave, for connections that go on without one of their own ("quit, new
// connection follows"): libmilter takes the session away there and does not tell it from a close.
std::atomic<Terms> g_latest_terms{Terms{}};

Session* Attached(SMFICTX* context) { return static_cast<Session*>(smfi_getpriv(context)); }

Session& Attach(SMFICTX* context, const Terms& terms) {
  auto session = std::make_unique<Session>(*g_service, ServerTraffic(), terms);
  smfi_setpriv(context, session.get());
  return *session.release();
}

void Detach(SMFICTX* context) {
  delete Attached(context);
  smfi_setpriv(context, nullptr);
}

Session& SessionOf(SMFICTX* context) {
  Session* const session = Attached(context);
  return session != nullptr ? *session : Attach(context, g_latest_terms);
}

void ReportFailure(SMFICTX* context, const char* event, const char* what) noexcept {
  ServerTraffic().HandlerFailed();
  const Session* const session = Attached(context);
  try {
    log::Error("exception in a milter callback")
        .With("queue_id", session != nullptr ? session->queue_id() : "")
        .With("event", event)
        .With("what", what);
  } catch (...) {
    // Not even memory for the line; the counter has it.
  }
}

// Every callback runs in here: nothing that a program throws reaches libmilter, which is C.
template <class Call>
sfsistat Guarded(SMFICTX* context, const char* event, const Stage& stage, Call call) noexcept {
  const GateScope scope(ServerGate());
  if (!scope.inside()) return stage.silent_bit != 0 ? SMFIS_NOREPLY : SMFIS_TEMPFAIL;
  try {
    return call(SessionOf(context));
  } catch (const std::exception& error) {
    ReportFailure(context, event, error.what());
  } catch (...) {
    ReportFailure(context, event, "not a std::exception");
  }
  Session* const session = Attached(context);
  return session != nullptr ? session->Fail(context, stage) : SMFIS_TEMPFAIL;
}

sfsistat NegotiateTerms(SMFICTX* context, const Terms& offer, unsigned long* actions,
                        unsigned long* steps) {
  const Stages stages = g_service->stages();
  const Terms terms = Negotiate(stages, offer);
  g_latest_terms = terms;
  Detach(context);  // a second negotiation begins anew
  Attach(context, terms);
  if ((terms.actions & SMFIF_SETSYMLIST) != 0 && !SendMacroLists(context, stages)) {
    return SMFIS_REJECT;
  }
  *actions = terms.actions;
  *steps = StepsToAskFor(terms, offer);
  return SMFIS_CONTINUE;
}

extern "C" {

// An answer other than CONTINUE makes libmilter close the connection.
sfsistat GatepostNegotiate(SMFICTX* context, unsigned long actions, unsigned long steps,
                           unsigned long, unsigned long, unsigned long* wanted_actions,
                           unsigned long* wanted_steps, unsigned long* wanted_2,
                           unsigned long* wanted_3) {
  const GateScope scope(ServerGate());
  if (!scope.inside()) return SMFIS_REJECT;
  *wanted_2 = *wanted_3 = 0;
  try {
    const Terms offer{static_cast<std::uint32_t>(actions), static_cast<std::uint32_t>(steps)};
    return NegotiateTerms(context, offer, wanted_actions, wanted_steps);
  } catch (const std::exception& error) {
    ReportFailure(context, "negotiate", error.what());
  } catch (...) {
    ReportFailure(context, "negotiate", "not a std::exception");
  }
  return SMFIS_REJECT;
}

sfsistat GatepostConnect(SMFICTX* context, char* host, sockaddr* address) {
  return Guarded(context, "connect", kAtConnect,
                 [&](Session& session) { return session.OnConnect(context, host, address); });
}

sfsistat GatepostHelo(SMFICTX* context, char* name) {
  return Guarded(context, "helo", kAtHelo,
                 [&](Session& session) { return session.OnHelo(context, name); });
}

sfsistat GatepostMailFrom(SMFICTX* context, char** arguments) {
  return Guarded(context, "mail", kAtMailFrom,
                 [&](Session& session) { return session.OnMailFrom(context, arguments); });
}

sfsistat GatepostRecipient(SMFICTX* context, char** arguments) {
  return Guarded(context, "rcpt", kAtRecipient,
                 [&](Session& session) { return session.OnRecipient(context, arguments[0]); });
}

sfsistat GatepostHeader(SMFICTX* context, char* name, char* value) {
  return Guarded(context, "header", kAtHeader,
                 [&](Session& session) { return session.OnHeader(context, name, value); });
}

sfsistat GatepostEndOfHeaders(SMFICTX* context) {
  return Guarded(context, "end of headers", kAtEndOfHeaders,
                 [&](Session& session) { return session.OnEndOfHeaders(context); });
}

sfsistat GatepostBody(SMFICTX* context, unsigned char* chunk, std::size_t length) {
  return Guarded(context, "body", kAtBody, [&](Session& session) {
    return session.OnBody(context, std::as_bytes(std::span(chunk, length)));
  });
}

sfsistat GatepostEndOfMessage(SMFICTX* context) {
  return Guarded(context, "end of message", kAtEndOfMessage,
                 [&](Session& session) { return session.OnEndOfMessage(context); });
}

sfsistat GatepostAbort(SMFICTX* context) {
  const GateScope scope(ServerGate());
  Session* const session = scope.inside() ? Attached(context) : nullptr;
  if (session != nullptr) session->EndMessage();
  return SMFIS_CONTINUE;
}

sfsistat GatepostClose(SMFICTX* context) {
  const GateScope scope(ServerGate());
  if (scope.inside()) Detach(context);
  return SMFIS_CONTINUE;
}

}  // extern "C"

}  // namespace

Traffic& ServerTraffic() {
  static Traffic& traffic = *new Traffic;
  return traffic;
}

CallbackGate& ServerGate() {
  static CallbackGate& gate = *new CallbackGate;
  return gate;
}

// Every callback is there: which of them a connection needs is agreed on at its negotiation, as a
// reload may change it.
smfiDesc DescribeFilter(std::string& name, Service& service) {
  g_service = &service;
  smfiDesc filter{};
  filter.xxfi_name = name.data();
  filter.xxfi_version = SMFI_VERSION;
  filter.xxfi_negotiate = GatepostNegotiate;
  filter.xxfi_connect = GatepostConnect;
  filter.xxfi_helo = GatepostHelo;
  filter.xxfi_envfrom = GatepostMailFrom;
  filter.xxfi_envrcpt = GatepostRecipient;
  filter.xxfi_header = GatepostHeader;
  filter.xxfi_eoh = GatepostEndOfHeaders;
  filter.xxfi_body = GatepostBody;
  filter.xxfi_eom = GatepostEndOfMessage;
  filter.xxfi_abort = GatepostAbort;
  filter.xxfi_close = GatepostClose;
  return filter;
}

}  // namespace gatepost::milter
