// The mail server's half of a scenario: sends what the lines say, in Postfix's order, and keeps
// what the milter answered for the `expect` lines. One thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tests/support/milter_client.h"
#include "tests/support/scenario.h"

namespace gatepost::support {

class ScenarioConversation {
 public:
  // What may stand in a scenario. Each fails when the connection or the protocol does, and where a
  // refusal before it was not expected by any line.
  base::Result<void> Offer(std::uint32_t actions, std::uint32_t protocol);
  base::Result<void> Connect(std::string_view socket, std::string_view name,
                             std::string_view address);
  base::Result<void> NewConnection(std::string_view name, std::string_view address);
  base::Result<void> Helo(std::string_view name);
  base::Result<void> SetMacro(std::string_view name, std::string_view value);
  base::Result<void> SetQueueId(std::string_view queue_id);
  base::Result<void> Mail(std::string_view from, const std::vector<std::string>& parameters);
  base::Result<void> Recipient(std::string_view to, const std::vector<std::string>& parameters);
  base::Result<void> RefusedRecipient(std::string_view to, std::string_view reply);
  base::Result<void> Data();
  base::Result<void> Header(HeaderLine header);  // DATA comes by itself
  base::Result<void> EndOfHeaders();
  base::Result<void> Body(std::string_view body);      // the end of headers comes by itself
  base::Result<void> Content(const Message& message);  // its headers and its body
  base::Result<void> EndOfMessage();
  base::Result<void> Unknown(std::string_view command);
  base::Result<void> Abort();
  base::Result<void> Quit();
  base::Result<void> Drop();
  base::Result<void> SendRaw(std::string_view bytes);
  base::Result<void> AwaitReply();
  base::Result<void> WaitForClose();

  // --- For the expect lines.
  const std::optional<Reply>& reply() const { return reply_; }
  void MarkReplyExpected() { reply_is_expected_ = true; }
  const std::vector<Edit>& edits() const { return edits_; }
  bool IsExpected(std::size_t edit) const { return expected_edits_[edit]; }
  void MarkEditExpected(std::size_t edit) { expected_edits_[edit] = true; }
  Message Queued() const;
  // The last message that came to its end, with its edits; also after the connection is gone.
  const Message& last_queued() const { return last_queued_; }

 private:
  enum class Place { kEnvelope, kHeaders, kBody };

  base::Result<MilterClient*> Client();  // fails without connection or after an unexpected refusal
  base::Result<void> Ask(const std::function<base::Result<Reply>(MilterClient&)>& question);
  base::Result<void> Do(const std::function<base::Result<void>(MilterClient&)>& step);
  base::Result<void> Keep(base::Result<Reply> reply);
  base::Result<void> Reach(Place place);
  void ForgetMessage();

  ClientOptions options_;
  std::optional<MilterClient> client_;
  Place place_ = Place::kEnvelope;
  Message message_;
  Message last_queued_;
  std::optional<Reply> reply_;
  bool reply_is_expected_ = true;
  std::vector<Edit> edits_;
  std::vector<bool> expected_edits_;
};

}  // namespace gatepost::support
