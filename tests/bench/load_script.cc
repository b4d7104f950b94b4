#include "tests/bench/load_script.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>

namespace gatepost::bench {
namespace {

namespace protocol = support::protocol;
using support::Command;
using support::Macros;
using support::MacroStage;
using support::NulTerminated;

// Names of fixed length, so that they can be replaced in finished frames.
constexpr std::string_view kUser = "user0000";
constexpr std::string_view kFriend = "friend0";  // the digit: which recipient of the message
constexpr std::string_view kQueueId = "4Xyz01abcdz";

struct Event {
  Command command;
  std::optional<MacroStage> macros;
  std::uint32_t declined;
  std::uint32_t unanswered;
};

class Script {
 public:
  Script(const support::Negotiated& negotiated, const Sample& sample)
      : negotiated_(negotiated), sample_(sample) {
    const Traffic traffic = sample.traffic;
    const bool submission = traffic == Traffic::kSubmission;
    macros_ = {{"j", "mx.example.org"},
               {"v", "Postfix 3.7.11"},
               {"_", "client.example.org [" + Client(traffic) + "]"},
               {"{daemon_name}", submission ? "ORIGINATING" : "smtpd"},
               {"{daemon_addr}", "127.0.0.1"},
               {"{client_addr}", Client(traffic)},
               {"{client_name}", "client.example.org"}};
    if (submission)
      macros_.insert({{"{auth_type}", "PLAIN"}, {"{auth_authen}", std::string(kUser)}});
  }

  static std::string Client(Traffic traffic) {
    return traffic == Traffic::kSubmission ? "192.0.2.7" : "198.51.100.7";
  }

  void Say(const Event& event, std::string_view payload) {
    if (event.macros) {
      pending_ += support::MacroFrame(negotiated_, *event.macros, event.command, macros_);
    }
    if (negotiated_.Has(event.declined)) return;
    pending_ += support::EncodeFrame(event.command, payload);
    if (!negotiated_.Has(event.unanswered)) Cut(event.command == Command::kBody);
  }

  void Connection() {
    Say({Command::kConnect, MacroStage::kConnect, protocol::kNoConnect, protocol::kNoReplyConnect},
        support::ConnectPayload("client.example.org", Client(sample_.traffic), 45678));
    Say({Command::kHelo, MacroStage::kHelo, protocol::kNoHelo, protocol::kNoReplyHelo},
        NulTerminated("client.example.org"));
  }

  void Envelope() {
    const std::string sender = "<" + std::string(kUser) + "@example.org>";
    support::SetAddressMacros(macros_, "mail", sender);
    Say({Command::kMail, MacroStage::kMail, protocol::kNoMail, protocol::kNoReplyMail},
        NulTerminated(sender));
    for (int i = 0; i < sample_.recipients; ++i) Recipient(i);
    macros_["i"] = kQueueId;
    Say({Command::kData, MacroStage::kData, protocol::kNoData, protocol::kNoReplyData}, {});
  }

  // Postfix knows the queue id once a recipient is accepted.
  void Recipient(int i) {
    if (i == 1) macros_["i"] = kQueueId;
    std::string to = "<" + std::string(kFriend) + "@" + std::string(kUser) + ".example.net>";
    to[kFriend.size()] = static_cast<char>('0' + i % 10);
    support::SetAddressMacros(macros_, "rcpt", to);
    Say({Command::kRecipient, MacroStage::kRecipient, protocol::kNoRecipient,
         protocol::kNoReplyRecipient},
        NulTerminated(to));
  }

  void Content() {
    const support::Message& message = sample_.message;
    for (const support::HeaderLine& header : message.headers) {
      Say({Command::kHeader, std::nullopt, protocol::kNoHeaders, protocol::kNoReplyHeader},
          support::HeaderPayload(negotiated_, header));
    }
    Say({Command::kEndOfHeaders, MacroStage::kEndOfHeaders, protocol::kNoEndOfHeaders,
         protocol::kNoReplyEndOfHeaders},
        {});
    std::string_view body = message.body;
    while (!body.empty()) {
      Say({Command::kBody, std::nullopt, protocol::kNoBody, protocol::kNoReplyBody},
          body.substr(0, support::kBodyChunkBytes));
      body.remove_prefix(std::min(body.size(), support::kBodyChunkBytes));
    }
  }

  std::vector<Batch> Finish() && {
    Say({Command::kEndOfMessage, MacroStage::kEndOfMessage, 0, 0}, {});
    return std::move(batches_);
  }

 private:
  void Cut(bool is_body) {
    batches_.push_back({std::move(pending_), is_body});
    pending_.clear();
  }

  const support::Negotiated& negotiated_;
  const Sample& sample_;
  Macros macros_;
  std::string pending_;
  std::vector<Batch> batches_;
};

// Calls `replace` with the place of each.
template <class Replace>
void ReplaceEach(std::string& bytes, std::string_view name, Replace replace) {
  for (auto at = bytes.find(name); at != std::string::npos; at = bytes.find(name, at + 1)) {
    replace(at);
  }
}

}  // namespace

std::vector<Batch> WriteScript(const support::Negotiated& negotiated, const Sample& sample,
                               bool with_connection) {
  Script script(negotiated, sample);
  if (with_connection) script.Connection();
  script.Envelope();
  script.Content();
  return std::move(script).Finish();
}

std::vector<Batch> Personal(std::vector<Batch> script, long number, int users) {
  char user[16];
  char queue_id[32];
  std::snprintf(user, sizeof user, "user%04d", static_cast<int>(number % users));
  std::snprintf(queue_id, sizeof queue_id, "4Xyz%07ld", number % 10'000'000);
  const long turn = number / users;
  for (auto& [bytes, is_body] : script) {
    if (is_body) continue;
    ReplaceEach(bytes, kUser, [&](auto at) { bytes.replace(at, kUser.size(), user); });
    ReplaceEach(bytes, kQueueId, [&](auto at) { bytes.replace(at, kQueueId.size(), queue_id); });
    ReplaceEach(bytes, kFriend.substr(0, kFriend.size() - 1), [&](auto at) {
      char& digit = bytes[at + kFriend.size() - 1];
      digit = static_cast<char>('0' + (digit - '0' + turn) % 10);
    });
  }
  return script;
}

std::string SampleMessage(std::size_t bytes) {
  std::string text =
      "Received: from laptop.example.org (laptop.example.org [192.0.2.7])\r\n"
      "\tby mx.example.org (Postfix) with ESMTPSA id 4Xyz01abcdz\r\n"
      "\tfor <bob@example.net>; Mon, 05 Jan 2026 10:00:00 +0000 (UTC)\r\n"
      "From: Alice Example <alice@example.org>\r\n"
      "To: Bob Example <bob@example.net>\r\n"
      "Cc: Carol Example <carol@example.net>, Dave Example <dave@example.com>\r\n"
      "Subject: Minutes of the meeting on Monday, with the list of what is to be\r\n"
      " done until the next one\r\n"
      "Date: Mon, 05 Jan 2026 10:00:00 +0000\r\n"
      "Message-ID: <20260105100000.12345@laptop.example.org>\r\n"
      "User-Agent: Mail/1.0\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
      "Content-Transfer-Encoding: 8bit\r\n"
      "Content-Language: en-GB\r\n"
      "\r\n";
  std::uint32_t state = 1;  // a linear congruential generator: the same text everywhere
  while (text.size() < bytes) {
    state = state * 1664525U + 1013904223U;
    const std::size_t words = 2 + (state >> 28U);
    for (std::size_t i = 0; i < words; ++i) {
      static constexpr std::string_view kWords[] = {
          "we ",    "agreed ",  "to  ",   "send ",
          "every ", "message ", "twice ", "Gr\303\274\303\237e "};
      state = state * 1664525U + 1013904223U;
      text += kWords[state >> 29U];
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace gatepost::bench
