#include "milters/dkim/message_context.h"

namespace gatepost::dkim {
namespace {

milter::Reply MakeReply(const MessageContext& context, int code, std::string enhanced,
                        std::string text) {
  if (!context.envelope.queue_id.empty()) text += " (reference " + context.envelope.queue_id + ")";
  return {code, std::move(enhanced), {std::move(text)}};
}

}  // namespace

journal::DecisionRecord BeginRecord(const MessageContext& context, std::string verdict) {
  journal::DecisionRecord record;
  record.queue_id = context.envelope.queue_id;
  record.sasl_user = context.envelope.sasl_user;
  record.client = context.connection.client.Format();
  record.envelope_from = context.envelope.reverse_path;
  record.verdict = std::move(verdict);
  return record;
}

void Describe(const MessageContext& context, log::Line& line) {
  line.With("queue_id", context.envelope.queue_id)
      .With("client", context.connection.client.Format());
  if (!context.envelope.sasl_user.empty()) line.With("user", context.envelope.sasl_user);
}

milter::Verdict Refuse(const MessageContext& context, std::string enhanced, std::string text) {
  return milter::Verdict::Reject(MakeReply(context, 550, std::move(enhanced), std::move(text)));
}

milter::Verdict AskToComeBack(const MessageContext& context, std::string enhanced,
                              std::string text) {
  return milter::Verdict::TempFail(MakeReply(context, 451, std::move(enhanced), std::move(text)));
}

}  // namespace gatepost::dkim
