#include "tests/support/scenario_conversation.h"

#include <utility>

namespace gatepost::support {

using base::ErrorKind;
using base::Fail;
using base::Result;

Result<MilterClient*> ScenarioConversation::Client() {
  if (!client_) return Fail(ErrorKind::kInvalid, "there is no connection; `connect` makes one");
  if (reply_is_expected_) return &*client_;
  return Fail(ErrorKind::kInvalid, "the answer before this line was not expected: " +
                                       std::string(VerdictName(reply_->verdict)) + " " +
                                       reply_->text);
}

Result<void> ScenarioConversation::Ask(
    const std::function<Result<Reply>(MilterClient&)>& question) {
  const auto client = Client();
  return client ? Keep(question(**client)) : tl::unexpected(client.error());
}

Result<void> ScenarioConversation::Do(const std::function<Result<void>(MilterClient&)>& step) {
  const auto client = Client();
  return client ? step(**client) : tl::unexpected(client.error());
}

// Refusals and the like need an expect line before the conversation goes on.
Result<void> ScenarioConversation::Keep(Result<Reply> reply) {
  if (!reply) return tl::unexpected(reply.error());
  reply_ = *std::move(reply);
  reply_is_expected_ = reply_->GoesOn();
  return {};
}

void ScenarioConversation::ForgetMessage() {
  place_ = Place::kEnvelope;
  message_ = {};
  edits_.clear();
  expected_edits_.clear();
}

Result<void> ScenarioConversation::Offer(std::uint32_t actions, std::uint32_t protocol) {
  options_.actions = actions;
  options_.protocol = protocol;
  return {};
}

Result<void> ScenarioConversation::Connect(std::string_view socket, std::string_view name,
                                           std::string_view address) {
  ForgetMessage();
  auto client = MilterClient::Open(socket, options_);
  if (!client) return tl::unexpected(client.error());
  client_ = *std::move(client);
  if (auto done = client_->Negotiate(); !done) return tl::unexpected(done.error());
  return Keep(client_->Connect(name, address));
}

Result<void> ScenarioConversation::NewConnection(std::string_view name, std::string_view address) {
  const auto client = Client();
  if (!client) return tl::unexpected(client.error());
  ForgetMessage();
  if (auto sent = (*client)->QuitNewConnection(); !sent) return sent;
  return Keep((*client)->Connect(name, address));
}

Result<void> ScenarioConversation::Helo(std::string_view name) {
  return Ask([&](MilterClient& client) { return client.Helo(name); });
}

Result<void> ScenarioConversation::SetMacro(std::string_view name, std::string_view value) {
  return Do([&](MilterClient& client) -> Result<void> {
    if (value.empty()) {
      client.ClearMacro(std::string(name));
    } else {
      client.SetMacro(std::string(name), std::string(value));
    }
    return {};
  });
}

Result<void> ScenarioConversation::SetQueueId(std::string_view queue_id) {
  return Do([&](MilterClient& client) -> Result<void> {
    client.SetQueueId(std::string(queue_id));
    return {};
  });
}

Result<void> ScenarioConversation::Mail(std::string_view from,
                                        const std::vector<std::string>& parameters) {
  return Ask([&](MilterClient& client) {
    ForgetMessage();
    return client.Mail(from, parameters);
  });
}

Result<void> ScenarioConversation::Recipient(std::string_view to,
                                             const std::vector<std::string>& parameters) {
  return Ask([&](MilterClient& client) { return client.Recipient(to, parameters); });
}

Result<void> ScenarioConversation::RefusedRecipient(std::string_view to, std::string_view reply) {
  return Ask([&](MilterClient& client) { return client.RefusedRecipient(to, reply); });
}

Result<void> ScenarioConversation::Data() {
  return Ask([&](MilterClient& client) {
    place_ = Place::kHeaders;
    return client.Data();
  });
}

Result<void> ScenarioConversation::EndOfHeaders() {
  if (auto reached = Reach(Place::kHeaders); !reached) return reached;
  return Ask([&](MilterClient& client) {
    place_ = Place::kBody;
    return client.EndOfHeaders();
  });
}

Result<void> ScenarioConversation::Reach(Place place) {
  if (place_ == Place::kEnvelope && place != Place::kEnvelope) {
    if (auto done = Data(); !done) return done;
  }
  if (place_ == Place::kHeaders && place == Place::kBody) return EndOfHeaders();
  return {};
}

Result<void> ScenarioConversation::Header(HeaderLine header) {
  if (auto reached = Reach(Place::kHeaders); !reached) return reached;
  return Ask([&](MilterClient& client) {
    message_.headers.push_back(header);
    return client.Header(header);
  });
}

Result<void> ScenarioConversation::Body(std::string_view body) {
  if (auto reached = Reach(Place::kBody); !reached) return reached;
  return Ask([&](MilterClient& client) {
    message_.body.append(body);
    return client.Body(body);
  });
}

Result<void> ScenarioConversation::Content(const Message& message) {
  for (const HeaderLine& header : message.headers) {
    if (auto done = Header(header); !done) return done;
  }
  return Body(message.body);
}

Result<void> ScenarioConversation::EndOfMessage() {
  if (auto reached = Reach(Place::kBody); !reached) return reached;
  const auto client = Client();
  if (!client) return tl::unexpected(client.error());
  auto outcome = (*client)->EndOfMessage();
  if (!outcome) return tl::unexpected(outcome.error());
  place_ = Place::kEnvelope;
  edits_ = std::move(outcome->edits);
  expected_edits_.assign(edits_.size(), false);
  last_queued_ = Queued();
  auto kept = Keep(std::move(outcome->reply));
  reply_is_expected_ = reply_is_expected_ || reply_->verdict == Reply::Verdict::kAccept;
  return kept;
}

Result<void> ScenarioConversation::Unknown(std::string_view command) {
  return Ask([&](MilterClient& client) { return client.Unknown(command); });
}

Result<void> ScenarioConversation::Abort() {
  return Do([&](MilterClient& client) {
    ForgetMessage();
    return client.Abort();
  });
}

Result<void> ScenarioConversation::Quit() {
  return Do([&](MilterClient& client) { return client.Quit(); });
}

Result<void> ScenarioConversation::Drop() {
  client_.reset();
  reply_is_expected_ = true;
  return {};
}

Result<void> ScenarioConversation::SendRaw(std::string_view bytes) {
  return Do([&](MilterClient& client) { return client.SendBytes(bytes); });
}

Result<void> ScenarioConversation::AwaitReply() {
  return Ask([&](MilterClient& client) { return client.AwaitReply(); });
}

Result<void> ScenarioConversation::WaitForClose() {
  if (!client_) return Fail(ErrorKind::kInvalid, "there is no connection");
  return client_->WaitForClose();
}

Message ScenarioConversation::Queued() const {
  Outcome outcome;
  outcome.edits = edits_;
  return client_ ? client_->Queued(message_, outcome) : message_;
}

}  // namespace gatepost::support
