#include "tests/common/milter/recording_service.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <new>
#include <stdexcept>

#include "common/base/strings.h"

namespace gatepost::milter_test {
namespace {

using milter::MessageEditor;
using milter::Recipient;
using milter::Stages;
using milter::Verdict;
using Want = Stages::Want;

Want ParseWant(std::string_view text, Want otherwise) {
  if (text == "no") return Want::kNo;
  if (text == "listen") return Want::kListen;
  if (text == "answer") return Want::kAnswer;
  return otherwise;
}

// Until somebody opens the FIFO for writing.
void Block(const std::string& path) { ::close(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

void Burn(std::int64_t microseconds) {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  const std::int64_t end = now.tv_sec * 1'000'000 + now.tv_nsec / 1000 + microseconds;
  while (now.tv_sec * 1'000'000 + now.tv_nsec / 1000 < end) {
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  }
}

void ThrowIfAsked(std::string_view action) {
  if (action == "throw") throw std::runtime_error("a bug");
  if (action == "throw-int") throw 42;
  if (action == "bad-alloc") throw std::bad_alloc();
}

milter::Reply ParseReply(std::string_view text) {  // 550:5.7.1:line|line
  const auto code = base::SplitOnce(text, ':').value_or(std::pair(text, std::string_view()));
  const auto rest =
      base::SplitOnce(code.second, ':').value_or(std::pair(code.second, std::string_view()));
  milter::Reply reply{std::atoi(std::string(code.first).c_str()), std::string(rest.first), {}};
  if (!rest.second.empty()) {
    for (const auto line : base::Split(rest.second, '|')) reply.lines.emplace_back(line);
  }
  return reply;
}

Verdict ParseVerdict(std::string_view text) {
  const auto parts = base::SplitOnce(text, ':').value_or(std::pair(text, std::string_view()));
  ThrowIfAsked(parts.first);
  if (parts.first == "block") Block(std::string(parts.second));
  if (parts.first == "accept") return Verdict::Accept();
  if (parts.first == "discard") return Verdict::Discard();
  if (parts.first == "skip") return Verdict::SkipBody();
  if (parts.first == "reject") return Verdict::Reject(ParseReply(parts.second));
  if (parts.first == "tempfail") return Verdict::TempFail(ParseReply(parts.second));
  return Verdict::Continue();
}

bool Apply(MessageEditor& editor, std::string_view edit) {
  const auto parts = base::Split(edit, ':');
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : ""; };
  const int number = std::atoi(std::string(part(1)).c_str());
  if (part(0) == "insert") return editor.InsertHeader(number, part(2), part(3));
  if (part(0) == "add") return editor.AddHeader(part(1), part(2));
  if (part(0) == "change") return editor.ChangeHeader(part(2), number, part(3));
  if (part(0) == "delete") return editor.DeleteHeader(part(2), number);
  if (part(0) == "quarantine") return editor.Quarantine(part(1));
  if (part(0) == "progress") return editor.Progress();
  if (part(0) == "body") {
    const std::string body(static_cast<std::size_t>(number), 'x');
    return editor.ReplaceBody(std::as_bytes(std::span(body)));
  }
  throw std::logic_error("no such edit");
}

class RecordingHandler final : public milter::MessageHandler {
 public:
  RecordingHandler(const RecordingService& service, const milter::Envelope& envelope)
      : service_(service), envelope_(envelope) {}
  ~RecordingHandler() override { Say("gone"); }

  Verdict OnMailFrom() override { return Answer("mail", ""); }
  Verdict OnRecipient(const Recipient& recipient) override {
    std::string text = " " + std::string(recipient.path);
    if (recipient.refused) text += " refused: " + std::string(recipient.refusal);
    return Answer("rcpt", text);
  }
  Verdict OnHeader(mail::HeaderField&& field) override {
    return Answer("header", " " + field.name + "[" + field.value + "]");
  }
  Verdict OnEndOfHeaders() override { return Answer("eoh", ""); }
  Verdict OnBody(std::span<const std::byte> chunk) override {
    return Answer("body", " " + std::to_string(chunk.size()));
  }
  Verdict OnEndOfMessage(MessageEditor& editor) override {
    Say("eom queue_id=" + envelope_.queue_id);
    const auto burn = service_.Option("burn_us");
    if (!burn.empty()) Burn(std::atoi(std::string(burn).c_str()));
    const auto wait = service_.Option("wait_ms");
    if (!wait.empty()) ::usleep(static_cast<unsigned>(std::atoi(std::string(wait).c_str())) * 1000);
    for (const std::string& edit : service_.edits()) {
      if (!Apply(editor, edit)) Say("edit refused: " + edit);
    }
    return service_.At("eom");
  }

 private:
  void Say(const std::string& line) const {
    if (!service_.quiet()) Record(line);
  }
  Verdict Answer(std::string_view stage, const std::string& rest) const {
    if (!service_.quiet()) Record(std::string(stage) + rest);
    return service_.At(stage);
  }

  const RecordingService& service_;
  const milter::Envelope& envelope_;
};

std::string Describe(const milter::Connection& connection, const milter::Envelope& envelope) {
  return "message from=" + envelope.reverse_path + " user=" + envelope.sasl_user +
         " sender=" + envelope.sasl_sender + " queue_id=" + envelope.queue_id +
         " local=" + (envelope.local_submission ? "yes" : "no") +
         " client=" + connection.client.Format() + " name=" + connection.client_name +
         " helo=" + connection.helo + " daemon=" + connection.daemon_name +
         " mta=" + connection.mta_hostname + " tls=" + connection.tls_version;
}

}  // namespace

void Record(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) return;  // the test has gone
}

RecordingService::RecordingService(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const auto parts = base::SplitOnce(word, '=');
    if (!parts) throw std::invalid_argument("not name=value: " + word);
    if (parts->first == "edit") {
      edits_.emplace_back(parts->second);
    } else {
      options_.emplace(parts->first, parts->second);
    }
  }
  stages_.mail_from = ParseWant(Option("mail"), Want::kListen);
  stages_.recipient = ParseWant(Option("rcpt"), Want::kListen);
  stages_.headers = ParseWant(Option("headers"), Want::kListen);
  stages_.end_of_headers = ParseWant(Option("eoh"), Want::kListen);
  stages_.body = ParseWant(Option("body"), Want::kListen);
  stages_.refused_recipients = Option("refused") == "1";
  stages_.adds_headers = stages_.changes_headers = stages_.replaces_body = stages_.quarantines =
      Option("edits") != "0";
  quiet_ = Option("quiet") == "1";
}

std::unique_ptr<milter::MessageHandler> RecordingService::NewMessage(
    const milter::Connection& connection, const milter::Envelope& envelope) {
  if (!quiet_) Record(Describe(connection, envelope));
  const std::string_view how = Option("new");
  ThrowIfAsked(how);
  if (how == "null") return nullptr;
  return std::make_unique<RecordingHandler>(*this, envelope);
}

base::Result<void> RecordingService::Reload() {
  Record("reload");
  ThrowIfAsked(Option("reload"));
  if (Option("reload") != "fail") return {};
  return base::Fail(base::ErrorKind::kInvalid, "dkim.toml:1:1: wrong");
}

std::string_view RecordingService::Option(std::string_view name) const {
  const auto found = options_.find(name);
  return found == options_.end() ? std::string_view() : found->second;
}

Verdict RecordingService::At(std::string_view stage) const {
  return ParseVerdict(Option("at." + std::string(stage)));
}

}  // namespace gatepost::milter_test
