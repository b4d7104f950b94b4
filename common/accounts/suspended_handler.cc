#include "common/accounts/suspended_handler.h"

#include <optional>
#include <string>
#include <utility>

#include "common/log/log.h"
#include "common/milter/message_record.h"

namespace gatepost::accounts {
namespace {

using milter::Verdict;

class SuspendedHandler final : public milter::MessageHandler {
 public:
  SuspendedHandler(const SuspensionGuard& guard, const milter::Connection& connection,
                   const milter::Envelope& envelope,
                   std::unique_ptr<milter::MessageHandler> handler)
      : guard_(guard),
        connection_(connection),
        envelope_(envelope),
        account_(guard.names->Canonicalize(envelope.sasl_user).name),
        handler_(std::move(handler)) {}

  Verdict OnMailFrom() override { return handler_ ? handler_->OnMailFrom() : Verdict::Continue(); }
  Verdict OnRecipient(const milter::Recipient& recipient) override {
    return handler_ ? handler_->OnRecipient(recipient) : Verdict::Continue();
  }
  Verdict OnHeader(mail::HeaderField&& field) override {
    return handler_ ? handler_->OnHeader(std::move(field)) : Verdict::Continue();
  }
  Verdict OnEndOfHeaders() override {
    return handler_ ? handler_->OnEndOfHeaders() : Verdict::Continue();
  }
  Verdict OnBody(std::span<const std::byte> chunk) override {
    return handler_ ? handler_->OnBody(chunk) : Verdict::SkipBody();
  }
  Verdict OnEndOfMessage(milter::MessageEditor& editor) override {
    const auto suspension = guard_.suspensions.Find(account_);
    if (suspension && suspension->level == Suspension::Level::kSuspend) return Refuse(*suspension);
    return handler_ ? handler_->OnEndOfMessage(editor) : Verdict::Accept();
  }

 private:
  Verdict Refuse(const Suspension& suspension) {
    const char* const verdict = suspension.readable ? "refuse" : "defer";
    log::Line line(log::Level::kInfo, suspension.readable ? "refused" : "deferred");
    milter::Describe(connection_, envelope_, line);
    line.With("rule", "suspended")
        .With("account", account_)
        .With("reference", suspension.reference);
    guard_.journal.Count(guard_.counter);
    auto record = milter::BeginRecord(connection_, envelope_, verdict);
    record.rules.push_back({"suspended", verdict, Evidence(suspension)});
    guard_.journal.Record(std::move(record));
    const bool has_queue_id = !envelope_.queue_id.empty();
    auto reply =
        SuspendedReply(suspension, has_queue_id ? envelope_.queue_id : suspension.reference);
    return suspension.readable ? Verdict::Reject(std::move(reply))
                               : Verdict::TempFail(std::move(reply));
  }

  std::string Evidence(const Suspension& suspension) const {
    std::string evidence = account_ + " is suspended by " + suspension.by;
    if (!suspension.reference.empty()) evidence += " (reference " + suspension.reference + ")";
    return evidence + ": " + suspension.reason;
  }

  const SuspensionGuard guard_;
  const milter::Connection& connection_;
  const milter::Envelope& envelope_;
  const std::string account_;
  const std::unique_ptr<milter::MessageHandler> handler_;
};

}  // namespace

std::unique_ptr<milter::MessageHandler> RefuseSuspended(
    const SuspensionGuard& guard, const milter::Connection& connection,
    const milter::Envelope& envelope, std::unique_ptr<milter::MessageHandler> handler) {
  if (envelope.sasl_user.empty()) return handler;
  return std::make_unique<SuspendedHandler>(guard, connection, envelope, std::move(handler));
}

}  // namespace gatepost::accounts
