#include "tests/support/milter_client.h"

#include <algorithm>
#include <optional>

#include "common/base/strings.h"

namespace gatepost::support {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

Result<Reply> ParseReplyCode(std::string_view payload) {
  const std::string text(payload.substr(0, payload.find('\0')));
  if (text.size() < 3 || (text[0] != '4' && text[0] != '5') || !base::IsAsciiDigit(text[1]) ||
      !base::IsAsciiDigit(text[2])) {
    return Fail(ErrorKind::kInvalid, "not a reply code: " + base::Printable(text));
  }
  return Reply{text[0] == '4' ? Reply::Verdict::kTempFail : Reply::Verdict::kReject, text};
}

Result<Reply> ParseReply(const Frame& frame) {
  using Verdict = Reply::Verdict;
  switch (static_cast<Answer>(frame.letter)) {
    case Answer::kContinue:
      return Reply{Verdict::kContinue, ""};
    case Answer::kAccept:
      return Reply{Verdict::kAccept, ""};
    case Answer::kReject:
      return Reply{Verdict::kReject, "550 5.7.1 Command rejected"};
    case Answer::kTempFail:
      return Reply{Verdict::kTempFail, "451 4.7.1 Service unavailable - try again later"};
    case Answer::kDiscard:
      return Reply{Verdict::kDiscard, ""};
    case Answer::kSkip:
      return Reply{Verdict::kSkip, ""};
    case Answer::kShutdown:
      return Reply{Verdict::kShutdown, "421 4.7.0 Server closing connection"};
    case Answer::kConnectionFail:
      return Reply{Verdict::kConnectionFail, ""};
    case Answer::kReplyCode:
      return ParseReplyCode(frame.payload);
    default:
      return Fail(ErrorKind::kInvalid,
                  std::string("not an answer here: '") + base::Printable({&frame.letter, 1}) + "'");
  }
}

std::uint32_t NeededAction(Edit::Kind kind) {
  switch (kind) {
    case Edit::Kind::kAddHeader:
    case Edit::Kind::kInsertHeader:
      return action::kAddHeaders;
    case Edit::Kind::kChangeHeader:
    case Edit::Kind::kDeleteHeader:
      return action::kChangeHeaders;
    case Edit::Kind::kReplaceBody:
      return action::kChangeBody;
    case Edit::Kind::kQuarantine:
      return action::kQuarantine;
    case Edit::Kind::kAddRecipient:
      return action::kAddRecipients | action::kAddRecipientsWithParameters;
    case Edit::Kind::kDeleteRecipient:
      return action::kDeleteRecipients;
    case Edit::Kind::kChangeFrom:
      return action::kChangeFrom;
  }
  return 0;
}

}  // namespace

std::string_view VerdictName(Reply::Verdict verdict) {
  static constexpr std::string_view kNames[] = {
      "continue",           "accept",     "reject", "tempfail", "discard", "skip", "shutdown",
      "connection failure", "not awaited"};
  return kNames[static_cast<std::size_t>(verdict)];
}

// One kind of event: its macros, and the bits by which a milter declines it or its answer.
struct MilterClient::Event {
  Command command;
  std::optional<MacroStage> macros;
  std::uint32_t declined = 0;
  std::uint32_t unanswered = 0;
};

MilterClient::MilterClient(MilterChannel channel, ClientOptions options)
    : channel_(std::move(channel)), options_(options) {
  negotiated_ = NothingNegotiated();
  macros_ = {{"j", "mx.example.test"},
             {"v", "Postfix 3.7.11"},
             {"_", "client.example.test [192.0.2.1]"},
             {"{daemon_name}", "smtpd"},
             {"{daemon_addr}", "127.0.0.1"}};
}

base::Deadline MilterClient::NewDeadline() const {
  return std::chrono::steady_clock::now() + options_.timeout;
}

Result<MilterClient> MilterClient::Open(std::string_view socket, ClientOptions options) {
  auto fd = ConnectSocket(socket, options.timeout);
  if (!fd) return tl::unexpected(fd.error());
  return MilterClient(MilterChannel(*std::move(fd)), options);
}

Result<MilterClient> MilterClient::Start(std::string_view socket, ClientOptions options) {
  auto client = Open(socket, options);
  if (!client) return client;
  if (const auto done = client->Negotiate(); !done) return tl::unexpected(done.error());
  if (const auto done = client->Connect("client.example.test", "192.0.2.1"); !done) {
    return tl::unexpected(done.error());
  }
  if (const auto done = client->Helo("client.example.test"); !done) {
    return tl::unexpected(done.error());
  }
  return client;
}

void MilterClient::SetMacro(std::string name, std::string value) {
  macros_[std::move(name)] = std::move(value);
}

void MilterClient::ClearMacro(const std::string& name) { macros_.erase(name); }

void MilterClient::SetQueueId(std::string queue_id) { queue_id_ = std::move(queue_id); }

Result<Negotiated> MilterClient::Negotiate() {
  const Offer offer{options_.version, options_.actions, options_.protocol};
  const auto sent = SendBytes(NegotiationFrame(offer));
  if (!sent) return tl::unexpected(sent.error());
  const auto frame = ReceiveFrame();
  if (!frame) return tl::unexpected(frame.error());
  auto agreed = ParseNegotiation(*frame, offer);
  if (agreed) negotiated_ = *agreed;
  return agreed;
}

// As Postfix does, the macros go out even where the command itself is not wanted.
Result<Reply> MilterClient::SendEvent(const Event& event, std::string_view payload) {
  if (event.macros) {
    const auto sent = SendBytes(MacroFrame(negotiated_, *event.macros, event.command, macros_));
    if (!sent) return tl::unexpected(sent.error());
  }
  if (negotiated_.Has(event.declined)) return Reply{Reply::Verdict::kNotAwaited, ""};
  const auto sent = SendFrame(static_cast<char>(event.command), payload);
  if (!sent) return tl::unexpected(sent.error());
  if (negotiated_.Has(event.unanswered)) return Reply{Reply::Verdict::kNotAwaited, ""};
  return AwaitReply();
}

Result<Reply> MilterClient::AwaitReply() {
  ++awaited_replies_;
  for (;;) {
    const auto frame = ReceiveFrame();
    if (!frame) return tl::unexpected(frame.error());
    if (frame->letter != static_cast<char>(Answer::kProgress)) return ParseReply(*frame);
  }
}

Result<Reply> MilterClient::Connect(std::string_view name, std::string_view address,
                                    std::uint16_t port) {
  return SendEvent(
      {Command::kConnect, MacroStage::kConnect, protocol::kNoConnect, protocol::kNoReplyConnect},
      ConnectPayload(name, address, port));
}

Result<Reply> MilterClient::Helo(std::string_view name) {
  return SendEvent({Command::kHelo, MacroStage::kHelo, protocol::kNoHelo, protocol::kNoReplyHelo},
                   NulTerminated(name));
}

Result<Reply> MilterClient::Mail(std::string_view from,
                                 const std::vector<std::string>& parameters) {
  awaited_replies_ = 0;
  SetAddressMacros(macros_, "mail", from);
  return SendEvent({Command::kMail, MacroStage::kMail, protocol::kNoMail, protocol::kNoReplyMail},
                   PathPayload(from, parameters));
}

Result<Reply> MilterClient::Recipient(std::string_view to,
                                      const std::vector<std::string>& parameters) {
  SetAddressMacros(macros_, "rcpt", to);
  macros_["{rcpt_mailer}"] = mailer_;
  auto reply = SendEvent({Command::kRecipient, MacroStage::kRecipient, protocol::kNoRecipient,
                          protocol::kNoReplyRecipient},
                         PathPayload(to, parameters));
  if (reply && reply->GoesOn()) macros_.emplace("i", queue_id_);
  return reply;
}

Result<Reply> MilterClient::RefusedRecipient(std::string_view to, std::string_view reply_text,
                                             std::string_view status) {
  if (!negotiated_.Has(protocol::kRefusedRecipients)) {
    return Reply{Reply::Verdict::kNotAwaited, ""};
  }
  macros_["{rcpt_mailer}"] = "error";
  macros_["{rcpt_host}"] = status;
  macros_["{rcpt_addr}"] = reply_text;
  return SendEvent({Command::kRecipient, MacroStage::kRecipient, protocol::kNoRecipient,
                    protocol::kNoReplyRecipient},
                   NulTerminated(to));
}

Result<Reply> MilterClient::Data() {
  return SendEvent({Command::kData, MacroStage::kData, protocol::kNoData, protocol::kNoReplyData},
                   {});
}

Result<Reply> MilterClient::Header(const HeaderLine& header) {
  return SendEvent({Command::kHeader, std::nullopt, protocol::kNoHeaders, protocol::kNoReplyHeader},
                   HeaderPayload(negotiated_, header));
}

Result<Reply> MilterClient::EndOfHeaders() {
  return SendEvent({Command::kEndOfHeaders, MacroStage::kEndOfHeaders, protocol::kNoEndOfHeaders,
                    protocol::kNoReplyEndOfHeaders},
                   {});
}

Result<Reply> MilterClient::BodyChunk(std::string_view chunk) {
  return SendEvent({Command::kBody, std::nullopt, protocol::kNoBody, protocol::kNoReplyBody},
                   chunk);
}

Result<Reply> MilterClient::Body(std::string_view body) {
  Reply last{Reply::Verdict::kNotAwaited, ""};
  while (!body.empty()) {
    auto reply = BodyChunk(body.substr(0, kBodyChunkBytes));
    if (!reply) return reply;
    last = *reply;
    if (last.verdict == Reply::Verdict::kSkip || !last.GoesOn()) break;
    body.remove_prefix(std::min(body.size(), kBodyChunkBytes));
  }
  return last;
}

Result<Outcome> MilterClient::EndOfMessage() {
  auto sent = SendBytes(
      MacroFrame(negotiated_, MacroStage::kEndOfMessage, Command::kEndOfMessage, macros_));
  if (sent) sent = SendFrame(static_cast<char>(Command::kEndOfMessage), {});
  if (!sent) return tl::unexpected(sent.error());
  auto outcome = CollectEdits();
  ForgetMessage();
  return outcome;
}

Result<Outcome> MilterClient::CollectEdits() {
  Outcome outcome;
  ++awaited_replies_;
  for (;;) {
    const auto frame = ReceiveFrame();
    if (!frame) return tl::unexpected(frame.error());
    if (frame->letter == static_cast<char>(Answer::kProgress)) {
      ++outcome.progress;
    } else if (IsEdit(frame->letter)) {
      auto edit = ParseEdit(*frame);
      if (!edit) return tl::unexpected(edit.error());
      const auto allowed = CheckEditAllowed(*edit);
      if (!allowed) return tl::unexpected(allowed.error());
      outcome.edits.push_back(*std::move(edit));
    } else {
      auto reply = ParseReply(*frame);
      if (!reply) return tl::unexpected(reply.error());
      outcome.reply = *std::move(reply);
      outcome.awaited_replies = awaited_replies_;
      return outcome;
    }
  }
}

Result<void> MilterClient::CheckEditAllowed(const Edit& edit) const {
  if ((negotiated_.actions & NeededAction(edit.kind)) != 0) return {};
  return Fail(ErrorKind::kInvalid, "a change that was not negotiated: " + Describe(edit));
}

Result<Reply> MilterClient::Unknown(std::string_view command) {
  return SendEvent(
      {Command::kUnknown, std::nullopt, protocol::kNoUnknown, protocol::kNoReplyUnknown},
      NulTerminated(command));
}

void MilterClient::ForgetMessage() {
  for (const char* const name : {"i", "{mail_addr}", "{mail_host}", "{mail_mailer}", "{rcpt_addr}",
                                 "{rcpt_host}", "{rcpt_mailer}"}) {
    macros_.erase(name);
  }
  awaited_replies_ = 0;
}

Result<void> MilterClient::Abort() {
  ForgetMessage();
  return SendFrame(static_cast<char>(Command::kAbort), {});
}

Result<void> MilterClient::Quit() { return SendFrame(static_cast<char>(Command::kQuit), {}); }

Result<void> MilterClient::QuitNewConnection() {
  ForgetMessage();
  return SendFrame(static_cast<char>(Command::kQuitNewConnection), {});
}

Message MilterClient::Queued(const Message& message, const Outcome& outcome,
                             std::string own_received) const {
  return Apply(message, outcome.edits,
               {negotiated_.Has(protocol::kHeaderLeadingSpace), std::move(own_received)});
}

Result<void> MilterClient::SendBytes(std::string_view bytes) {
  return channel_.Send(bytes, NewDeadline());
}

Result<void> MilterClient::SendFrame(char letter, std::string_view payload) {
  return SendBytes(EncodeFrame(letter, payload));
}

Result<void> MilterClient::SendFrameWithLength(std::uint32_t length, char letter,
                                               std::string_view payload) {
  std::string frame;
  AppendUint32(frame, length);
  return SendBytes(frame + letter + std::string(payload));
}

Result<Frame> MilterClient::ReceiveFrame() { return channel_.Receive(NewDeadline()); }

Result<void> MilterClient::WaitForClose() { return channel_.WaitForClose(NewDeadline()); }

}  // namespace gatepost::support
