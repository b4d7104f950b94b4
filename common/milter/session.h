// One milter connection: what is known of the SMTP client, and the message under way. libmilter
// calls the members one after another, in different threads. Kept small, as Postfix holds one
// connection per SMTP session, busy or idle: what belongs to a message exists only from MAIL FROM
// to its end.
#pragma once

#include <libmilter/mfapi.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "common/milter/connection.h"
#include "common/milter/negotiation.h"
#include "common/milter/service.h"
#include "common/milter/traffic.h"

namespace gatepost::milter {

// A place in the conversation, named by the bit that takes the reply away there.
struct Stage {
  std::uint32_t silent_bit;  // SMFIP_NR_*; 0 where a reply is always due
  bool one_recipient;        // refusals concern one recipient, not the message
};

inline constexpr Stage kAtConnect{SMFIP_NR_CONN, false};
inline constexpr Stage kAtHelo{SMFIP_NR_HELO, false};
inline constexpr Stage kAtMailFrom{SMFIP_NR_MAIL, false};
inline constexpr Stage kAtRecipient{SMFIP_NR_RCPT, true};
inline constexpr Stage kAtHeader{SMFIP_NR_HDR, false};
inline constexpr Stage kAtEndOfHeaders{SMFIP_NR_EOH, false};
inline constexpr Stage kAtBody{SMFIP_NR_BODY, false};
inline constexpr Stage kAtEndOfMessage{0, false};

class Session {
 public:
  Session(Service& service, Traffic& traffic, const Terms& terms);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  sfsistat OnConnect(SMFICTX* context, const char* host, const sockaddr* address);
  sfsistat OnHelo(SMFICTX* context, const char* name);
  // The path, then the parameters of MAIL, then nullptr.
  sfsistat OnMailFrom(SMFICTX* context, const char* const* arguments);
  sfsistat OnRecipient(SMFICTX* context, const char* path);
  sfsistat OnHeader(SMFICTX* context, const char* name, const char* value);
  sfsistat OnEndOfHeaders(SMFICTX* context);
  sfsistat OnBody(SMFICTX* context, std::span<const std::byte> chunk);
  sfsistat OnEndOfMessage(SMFICTX* context);

  // Of the message under way; "" while it is not known.
  std::string_view queue_id() const;

  // Abort, disconnect, or any end without a reply.
  void EndMessage() noexcept;

  // An exception left a callback at `stage`: the handler is gone at once, and the message gets a
  // temporary failure here or at the next stage where a reply is due.
  sfsistat Fail(SMFICTX* context, const Stage& stage) noexcept;

 private:
  struct Message;

  bool Silent(const Stage& stage) const { return terms_.Has(stage.silent_bit); }
  // Nothing to say: silence where it is agreed on, else "continue".
  sfsistat GoOn(const Stage& stage) const;
  sfsistat Answer(SMFICTX* context, const Stage& stage, const Verdict& verdict);
  sfsistat AnswerWithoutHandler(SMFICTX* context, const Stage& stage) noexcept;
  sfsistat Refuse(SMFICTX* context, const Stage& stage, const Verdict& verdict);
  void EndAt(const Stage& stage, bool keeps_message) noexcept;
  template <class Call>
  sfsistat Serve(SMFICTX* context, const Stage& stage, Call call);
  void LearnQueueId(SMFICTX* context);

  Service& service_;
  Traffic& traffic_;
  Terms terms_;
  Connection connection_;
  std::unique_ptr<Message> message_;
};

}  // namespace gatepost::milter
