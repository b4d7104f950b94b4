#include "common/milter/message_record.h"

#include <utility>

namespace gatepost::milter {

journal::DecisionRecord BeginRecord(const Connection& connection, const Envelope& envelope,
                                    std::string verdict) {
  journal::DecisionRecord record;
  record.queue_id = envelope.queue_id;
  record.sasl_user = envelope.sasl_user;
  record.client = connection.client.Format();
  record.envelope_from = envelope.reverse_path;
  record.verdict = std::move(verdict);
  return record;
}

void Describe(const Connection& connection, const Envelope& envelope, log::Line& line) {
  line.With("queue_id", envelope.queue_id).With("client", connection.client.Format());
  if (!envelope.sasl_user.empty()) line.With("user", envelope.sasl_user);
}

Reply WithReference(Reply reply, const Envelope& envelope) {
  if (envelope.queue_id.empty() || reply.lines.empty()) return reply;
  reply.lines.back() += " (reference " + envelope.queue_id + ")";
  return reply;
}

}  // namespace gatepost::milter
