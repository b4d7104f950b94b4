#include "common/milter/session.h"

#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include "common/base/strings.h"
#include "common/log/log.h"
#include "common/milter/libmilter_editor.h"
#include "common/milter/reply_text.h"

namespace gatepost::milter {
namespace {

// The value of a macro, or "". Points into libmilter's memory, valid in this callback.
std::string_view Macro(SMFICTX* context, const char* name) {
  const char* const value = smfi_getsymval(context, const_cast<char*>(name));  // only read
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::string_view WithoutBrackets(std::string_view path) {
  if (path.size() >= 2 && path.front() == '<' && path.back() == '>') {
    path = path.substr(1, path.size() - 2);
  }
  return path;
}

// Where the mail server does not speak of leading spaces (no SMFIP_HDR_LEADSPC) it has cut one off,
// if there was one. There nearly always is; a value that begins with a tab or a fold had none.
std::string HeaderValue(std::string_view value, bool leading_space) {
  const bool cut =
      !leading_space && (value.empty() || std::string_view("\t\r\n").find(value[0]) == value.npos);
  std::string out;
  out.reserve(value.size() + (cut ? 1 : 0));
  if (cut) out.push_back(' ');
  return out.append(value);
}

// SIZE= among the parameters of MAIL (RFC 1870 section 6), which end in nullptr.
std::uint64_t DeclaredBytes(const char* const* parameters) {
  constexpr std::string_view kName = "SIZE=";
  for (; *parameters != nullptr; ++parameters) {
    const std::string_view parameter = *parameters;
    if (!base::StartsWithIgnoreCase(parameter, kName)) continue;
    const std::string_view digits = parameter.substr(kName.size());
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
    if (error == std::errc() && end == digits.data() + digits.size()) return bytes;
  }
  return 0;
}

// libmilter reads lines up to the first nullptr, of at most 32.
template <std::size_t... I>
int SetLines(SMFICTX* context, const ReplyText& text, std::index_sequence<I...>) {
  std::array<char*, sizeof...(I)> lines{};
  for (std::size_t i = 0; i < text.lines.size(); ++i) {
    lines[i] = const_cast<char*>(text.lines[i].c_str());  // only read
  }
  return smfi_setmlreply(context, text.code.c_str(), text.enhanced.c_str(), lines[I]...,
                         static_cast<char*>(nullptr));
}

bool SetReply(SMFICTX* context, const ReplyText& text) {
  return SetLines(context, text, std::make_index_sequence<32>()) == MI_SUCCESS;
}

// At end of message both words accept it, but after ACCEPT libmilter does not hear the next
// connection that the mail server begins over the same socket (SMFIC_QUIT_NC).
sfsistat Accepted(const Stage& stage) {
  return stage.silent_bit == kAtEndOfMessage.silent_bit ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

}  // namespace

// From MAIL FROM to the end. The handler sees the envelope, so it dies first.
struct Session::Message {
  enum class State : unsigned char {
    kHandled,
    kIgnored,  // none of our business
    kFailed,   // a bug of ours: temporary failure as soon as a reply is due
  };

  Envelope envelope;
  State state = State::kFailed;  // until the handler is made
  bool latecomer = false;
  bool body_seen_enough = false;
  std::unique_ptr<MessageHandler> handler;
};

Session::Session(Service& service, Traffic& traffic, const Terms& terms)
    : service_(service), traffic_(traffic), terms_(terms) {
  traffic_.SessionOpened();
}

Session::~Session() {
  EndMessage();
  traffic_.SessionClosed();
}

sfsistat Session::OnConnect(SMFICTX* context, const char* host, const sockaddr* address) {
  EndMessage();
  connection_ = {};
  if (address != nullptr) connection_.client = base::IpAddress::FromSockaddr(address);
  connection_.client_name = host;
  connection_.mta_hostname = Macro(context, "j");
  connection_.daemon_name = Macro(context, "{daemon_name}");
  return GoOn(kAtConnect);
}

// Comes again after STARTTLS, now with the TLS version.
sfsistat Session::OnHelo(SMFICTX* context, const char* name) {
  EndMessage();
  connection_.helo = name;
  connection_.tls_version = Macro(context, "{tls_version}");
  return GoOn(kAtHelo);
}

// A queue id at MAIL tells sendmail(1) from SMTP: cleanup(8) plays the SMTP conversation to
// non_smtpd_milters when the queue file exists, while smtpd(8) opens it after the first recipient.
// (QMQP comes through cleanup, too, but from its real client's address.)
sfsistat Session::OnMailFrom(SMFICTX* context, const char* const* arguments) {
  EndMessage();
  message_ = std::make_unique<Message>();
  message_->latecomer = traffic_.MessageBegan();
  Envelope& envelope = message_->envelope;
  envelope.reverse_path = WithoutBrackets(arguments[0]);
  envelope.declared_bytes = DeclaredBytes(arguments + 1);
  envelope.sasl_user = Macro(context, "{auth_authen}");
  envelope.sasl_sender = Macro(context, "{auth_author}");
  envelope.queue_id = Macro(context, "i");
  const base::IpAddress& client = connection_.client;
  envelope.local_submission =
      !envelope.queue_id.empty() && (client.bits() == 0 || client.IsLoopback());
  message_->handler = service_.NewMessage(connection_, envelope);
  message_->state = message_->handler ? Message::State::kHandled : Message::State::kIgnored;
  return Serve(context, kAtMailFrom, [](MessageHandler& handler) { return handler.OnMailFrom(); });
}

sfsistat Session::OnRecipient(SMFICTX* context, const char* path) {
  if (terms_.Has(SMFIP_NORCPT)) return GoOn(kAtRecipient);
  return Serve(context, kAtRecipient, [&](MessageHandler& handler) {
    Recipient recipient{WithoutBrackets(path), false, {}, {}};
    recipient.mailer = Macro(context, "{rcpt_mailer}");
    recipient.refused = recipient.mailer == "error";
    if (recipient.refused) {
      recipient.refusal_code = Macro(context, "{rcpt_host}");
      recipient.refusal = Macro(context, "{rcpt_addr}");
    }
    return handler.OnRecipient(recipient);
  });
}

sfsistat Session::OnHeader(SMFICTX* context, const char* name, const char* value) {
  if (terms_.Has(SMFIP_NOHDRS)) return GoOn(kAtHeader);
  return Serve(context, kAtHeader, [&](MessageHandler& handler) {
    return handler.OnHeader({name, HeaderValue(value, terms_.Has(SMFIP_HDR_LEADSPC))});
  });
}

sfsistat Session::OnEndOfHeaders(SMFICTX* context) {
  if (terms_.Has(SMFIP_NOEOH)) return GoOn(kAtEndOfHeaders);
  return Serve(context, kAtEndOfHeaders,
               [](MessageHandler& handler) { return handler.OnEndOfHeaders(); });
}

sfsistat Session::OnBody(SMFICTX* context, std::span<const std::byte> chunk) {
  if (terms_.Has(SMFIP_NOBODY)) return GoOn(kAtBody);
  if (message_ && message_->body_seen_enough) return GoOn(kAtBody);
  return Serve(context, kAtBody, [&](MessageHandler& handler) {
    Verdict verdict = handler.OnBody(chunk);
    message_->body_seen_enough = verdict.action() == Verdict::Action::kSkipBody;
    return verdict;
  });
}

sfsistat Session::OnEndOfMessage(SMFICTX* context) {
  LibmilterEditor editor(context, terms_.Has(SMFIP_HDR_LEADSPC));
  return Serve(context, kAtEndOfMessage,
               [&](MessageHandler& handler) { return handler.OnEndOfMessage(editor); });
}

std::string_view Session::queue_id() const {
  return message_ ? std::string_view(message_->envelope.queue_id) : std::string_view();
}

void Session::EndMessage() noexcept {
  if (!message_) return;
  const bool latecomer = message_->latecomer;
  message_.reset();
  traffic_.MessageEnded(latecomer, std::chrono::steady_clock::now());
}

sfsistat Session::Fail(SMFICTX* context, const Stage& stage) noexcept {
  if (!message_) return Silent(stage) ? SMFIS_NOREPLY : SMFIS_TEMPFAIL;
  message_->handler.reset();
  message_->state = Message::State::kFailed;
  return AnswerWithoutHandler(context, stage);
}

template <class Call>
sfsistat Session::Serve(SMFICTX* context, const Stage& stage, Call call) {
  if (!message_ || !message_->handler) return AnswerWithoutHandler(context, stage);
  LearnQueueId(context);
  return Answer(context, stage, call(*message_->handler));
}

// {i} comes with whichever stage is the first to know it.
void Session::LearnQueueId(SMFICTX* context) {
  std::string& queue_id = message_->envelope.queue_id;
  if (queue_id.empty()) queue_id = Macro(context, "i");
}

sfsistat Session::GoOn(const Stage& stage) const {
  return Silent(stage) ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

// A stage that was only listened to has no reply; a verdict given there is a mistake in the program
// and changes nothing. "Enough of the body" is taken even so: it costs no reply to heed.
sfsistat Session::Answer(SMFICTX* context, const Stage& stage, const Verdict& verdict) {
  using Action = Verdict::Action;
  if (Silent(stage)) {
    assert(verdict.action() == Action::kContinue || verdict.action() == Action::kSkipBody);
    return SMFIS_NOREPLY;
  }
  switch (verdict.action()) {
    case Action::kSkipBody:
      if (stage.silent_bit == kAtBody.silent_bit && terms_.Has(SMFIP_SKIP)) return SMFIS_SKIP;
      [[fallthrough]];
    case Action::kContinue:
      EndAt(stage, true);
      return SMFIS_CONTINUE;
    case Action::kAccept:
      EndAt(stage, false);
      return Accepted(stage);
    case Action::kDiscard:
      EndAt(stage, false);
      return SMFIS_DISCARD;
    case Action::kReject:
    case Action::kTempFail:
      return Refuse(context, stage, verdict);
  }
  return SMFIS_CONTINUE;
}

sfsistat Session::Refuse(SMFICTX* context, const Stage& stage, const Verdict& verdict) {
  const ReplyText text = MakeReplyText(verdict.action(), verdict.reply());
  if (text.mismatched) {
    log::Error("reply code does not fit the verdict").With("code", verdict.reply().code);
  }
  SetReply(context, text);  // without it the mail server's own text is sent
  EndAt(stage, stage.one_recipient);
  const bool for_good = verdict.action() == Verdict::Action::kReject && !text.mismatched;
  return for_good ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

// No message at all means that MAIL failed before it could be noted, or came out of order.
sfsistat Session::AnswerWithoutHandler(SMFICTX* context, const Stage& stage) noexcept {
  if (Silent(stage)) return SMFIS_NOREPLY;
  const bool ignored = message_ && message_->state == Message::State::kIgnored;
  EndAt(stage, stage.one_recipient && !ignored);
  if (ignored) return Accepted(stage);
  try {
    SetReply(context, FailureReplyText());
  } catch (const std::bad_alloc&) {
    // The mail server has a text of its own.
  }
  return SMFIS_TEMPFAIL;
}

void Session::EndAt(const Stage& stage, bool keeps_message) noexcept {
  if (!keeps_message || stage.silent_bit == kAtEndOfMessage.silent_bit) EndMessage();
}

}  // namespace gatepost::milter
