#include "milters/dkim/message_context.h"

#include <utility>

#include "common/milter/message_record.h"

namespace gatepost::dkim {
namespace {

milter::Reply MakeReply(const MessageContext& context, int code, std::string enhanced,
                        std::string text) {
  return milter::WithReference({code, std::move(enhanced), {std::move(text)}}, context.envelope);
}

}  // namespace

journal::DecisionRecord BeginRecord(const MessageContext& context, std::string verdict) {
  return milter::BeginRecord(context.connection, context.envelope, std::move(verdict));
}

void Describe(const MessageContext& context, log::Line& line) {
  milter::Describe(context.connection, context.envelope, line);
}

milter::Verdict Refuse(const MessageContext& context, std::string enhanced, std::string text) {
  return milter::Verdict::Reject(MakeReply(context, 550, std::move(enhanced), std::move(text)));
}

milter::Verdict AskToComeBack(const MessageContext& context, std::string enhanced,
                              std::string text) {
  return milter::Verdict::TempFail(MakeReply(context, 451, std::move(enhanced), std::move(text)));
}

}  // namespace gatepost::dkim
