// A program's logic for one message. MAIL FROM makes a handler; end of message, abort or disconnect
// destroys it, so nothing leaks into the next message. Callbacks of one message follow each other,
// in different threads: no thread_local between them, no lock held across them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/mail/header_field.h"
#include "common/milter/connection.h"
#include "common/milter/message_editor.h"
#include "common/milter/verdict.h"

namespace gatepost::milter {

// The recipient as sent, without angle brackets. `refused` says that the mail server refuses it
// (seen only with Stages::refused_recipients), with its own reply's enhanced status code and text.
struct Recipient {
  std::string_view path;
  bool refused = false;
  std::string_view refusal_code;
  std::string_view refusal;
  // The transport that it goes by: "smtp", "virtual"; asked for with refused recipients, else "".
  std::string_view mailer{};
};

class MessageHandler {
 public:
  virtual ~MessageHandler() = default;
  virtual Verdict OnMailFrom() { return Verdict::Continue(); }
  virtual Verdict OnRecipient(const Recipient&) { return Verdict::Continue(); }
  // `field` may be moved from.
  virtual Verdict OnHeader(mail::HeaderField&& /*field*/) { return Verdict::Continue(); }
  virtual Verdict OnEndOfHeaders() { return Verdict::Continue(); }
  virtual Verdict OnBody(std::span<const std::byte>) { return Verdict::Continue(); }
  virtual Verdict OnEndOfMessage(MessageEditor&) { return Verdict::Continue(); }
};

}  // namespace gatepost::milter
