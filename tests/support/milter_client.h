// The mail server's side of the milter protocol, for tests: everything that Postfix does, and
// through Raw() everything that it must not do. It honours what the milter negotiated: events that
// the milter does not want are not sent, answers that it does not give are not waited for, macros
// that it did not ask for are not sent. Every wait ends after ClientOptions::timeout.
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "tests/support/milter_channel.h"
#include "tests/support/milter_message.h"
#include "tests/support/milter_negotiation.h"
#include "tests/support/milter_wire.h"

namespace gatepost::support {

struct ClientOptions {
  std::uint32_t version = 6;
  std::uint32_t actions = action::kAll;
  std::uint32_t protocol = protocol::kAll;
  std::chrono::milliseconds timeout{10'000};
};

struct Reply {
  enum class Verdict {
    kContinue,
    kAccept,
    kReject,
    kTempFail,
    kDiscard,
    kSkip,
    kShutdown,
    kConnectionFail,
    kNotAwaited,  // the milter does not want the event, or does not answer it
  };
  Verdict verdict = Verdict::kContinue;
  std::string text;  // "550 5.7.1 No": what the SMTP client would be told; "" for the default

  bool GoesOn() const {
    return verdict == Verdict::kContinue || verdict == Verdict::kNotAwaited ||
           verdict == Verdict::kSkip;
  }
};
std::string_view VerdictName(Reply::Verdict verdict);

// What came of a message: the reply that decided, the command it answered, and the changes.
struct Outcome {
  Reply reply;
  Command stage = Command::kEndOfMessage;
  std::vector<Edit> edits;
  int progress = 0;               // how often the milter said that it is still busy
  std::vector<Reply> recipients;  // one for each recipient that was sent
  int awaited_replies = 0;        // of this message, from MAIL on
};

struct Envelope {
  std::string from = "<alice@example.test>";  // as in SMTP, with brackets
  std::vector<std::string> mail_parameters;
  std::vector<std::string> recipients{"<bob@example.test>"};
  std::string queue_id = "4Xyz01abcdz";  // {i}; the milter learns it as late as Postfix tells it
};

class MilterClient {
 public:
  // Connects; does not negotiate. `socket` as ConnectSocket takes it.
  static base::Result<MilterClient> Open(std::string_view socket, ClientOptions options = {});

  // Connects, negotiates, and sends connect and HELO: ready for messages.
  static base::Result<MilterClient> Start(std::string_view socket, ClientOptions options = {});

  // --- Macros. Sent at the stages at which the milter asked for them (by its list or by Postfix's
  // default). Names as in main.cf: "{auth_authen}", "j". {mail_addr}, {rcpt_addr} and the like
  // follow the commands by themselves.
  void SetMacro(std::string name, std::string value);
  void ClearMacro(const std::string& name);
  // {i} of the messages that follow: the milter is told after the first recipient that passes.
  void SetQueueId(std::string queue_id);
  // {rcpt_mailer} of the recipients that follow: the transport that they go by.
  void SetMailer(std::string mailer) { mailer_ = std::move(mailer); }

  // --- The conversation, step by step. Fails on timeouts, lost connections and answers that the
  // protocol does not know at that place.
  base::Result<Negotiated> Negotiate();
  // "[192.0.2.1]" and "[2001:db8::1]" style names are up to the caller; `address` "" is a client
  // whose address is not known, "/path" a local socket.
  base::Result<Reply> Connect(std::string_view name, std::string_view address,
                              std::uint16_t port = 45678);
  base::Result<Reply> Helo(std::string_view name);
  base::Result<Reply> Mail(std::string_view from, const std::vector<std::string>& parameters = {});
  base::Result<Reply> Recipient(std::string_view to,
                                const std::vector<std::string>& parameters = {});
  // A recipient that the mail server itself refuses: shown only to milters that asked for it.
  base::Result<Reply> RefusedRecipient(std::string_view to, std::string_view reply_text,
                                       std::string_view status = "5.1.1");
  base::Result<Reply> Data();
  base::Result<Reply> Header(const HeaderLine& header);
  base::Result<Reply> EndOfHeaders();
  base::Result<Reply> BodyChunk(std::string_view chunk);  // at most kBodyChunkBytes
  base::Result<Reply> Body(std::string_view body);        // all chunks; stops at SKIP
  base::Result<Outcome> EndOfMessage();
  base::Result<Reply> Unknown(std::string_view command);
  base::Result<void> Abort();
  base::Result<void> Quit();
  base::Result<void> QuitNewConnection();  // negotiation stays, next comes Connect

  // --- A whole message, from MAIL to end of message, as Postfix sends it: stops where the milter
  // decides, goes on past refused recipients, and aborts where the last recipient was refused.
  base::Result<Outcome> Send(const Envelope& envelope, const Message& message);

  // The queued message after an Outcome's edits.
  Message Queued(const Message& message, const Outcome& outcome,
                 std::string own_received = {}) const;

  // --- What Postfix never does.
  base::Result<void> SendBytes(std::string_view bytes);
  base::Result<void> SendFrame(char letter, std::string_view payload);
  base::Result<void> SendFrameWithLength(std::uint32_t length, char letter,
                                         std::string_view payload);
  base::Result<Frame> ReceiveFrame();
  base::Result<Reply> AwaitReply();  // the answer to a frame that SendFrame sent
  base::Result<void> WaitForClose();
  MilterChannel& channel() { return channel_; }

  const Negotiated& negotiated() const { return negotiated_; }

 private:
  struct Event;

  MilterClient(MilterChannel channel, ClientOptions options);
  base::Deadline NewDeadline() const;
  base::Result<Reply> SendEvent(const Event& event, std::string_view payload);
  base::Result<Outcome> CollectEdits();
  base::Result<void> CheckEditAllowed(const Edit& edit) const;
  void ForgetMessage();

  base::Result<bool> SendEnvelope(const Envelope& envelope, Outcome& outcome);
  base::Result<bool> SendRecipients(const Envelope& envelope, Outcome& outcome);
  base::Result<bool> SendContent(const Message& message, Outcome& outcome);
  base::Result<bool> GoOn(const base::Result<Reply>& reply, Command stage, Outcome& outcome);

  MilterChannel channel_;
  ClientOptions options_;
  Negotiated negotiated_;
  Macros macros_;
  std::string queue_id_ = "4Xyz01abcdz";
  std::string mailer_ = "smtp";
  int awaited_replies_ = 0;
};

}  // namespace gatepost::support
