// gatepost-test-mailer SOCKET: hands messages to a milter as Postfix would, for tests in Python.
// Standard input has them one after the other, each as lines that end with its content:
//   client NAME ADDRESS     helo NAME     macro {auth_authen} alice     queue-id 4Xyz01
//   mail <a@b>              rcpt <a@b> (any number)                     message BYTES
// and so many bytes. Each one is a new SMTP connection. The answer to each, on standard output:
//   verdict reject          what the milter decided ("continue": it goes on)
//   reply 550 5.7.1 No      what the client is told; "" for the usual
//   quarantine reason       where the milter asked for it
//   microseconds 1234       from MAIL to the milter's last answer
//   message BYTES           and the message as it would be queued
// or "error TEXT" alone.
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/milter_client.h"

namespace gatepost::support {
namespace {

struct Task {
  std::string client_name = "client.example.test";
  std::string client_address = "192.0.2.1";
  std::string helo = "client.example.test";
  std::vector<std::pair<std::string, std::string>> macros;
  Envelope envelope;
  std::string content;
};

std::pair<std::string, std::string> SplitAtBlank(const std::string& text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos) return {text, ""};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

void Read(Task& task, const std::string& word, const std::string& value) {
  if (word == "client") {
    std::tie(task.client_name, task.client_address) = SplitAtBlank(value);
  } else if (word == "helo") {
    task.helo = value;
  } else if (word == "macro") {
    task.macros.push_back(SplitAtBlank(value));
  } else if (word == "queue-id") {
    task.envelope.queue_id = value;
  } else if (word == "mail") {
    task.envelope.from = value;
  } else if (word == "rcpt") {
    task.envelope.recipients.push_back(value);
  }
}

// Nothing at the end of the input.
std::optional<Task> ReadTask() {
  Task task;
  task.envelope.recipients.clear();
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto [word, value] = SplitAtBlank(line);
    if (word != "message") {
      Read(task, word, value);
      continue;
    }
    task.content.resize(std::stoul(value));
    std::cin.read(task.content.data(), static_cast<std::streamsize>(task.content.size()));
    return task;
  }
  return std::nullopt;
}

void Print(const Outcome& outcome, std::chrono::microseconds time, const std::string& queued) {
  std::cout << "verdict " << VerdictName(outcome.reply.verdict) << "\nreply " << outcome.reply.text
            << '\n';
  for (const Edit& edit : outcome.edits) {
    if (edit.kind == Edit::Kind::kQuarantine) std::cout << "quarantine " << edit.value << '\n';
  }
  std::cout << "microseconds " << time.count() << "\nmessage " << queued.size() << '\n' << queued;
}

base::Result<MilterClient> Connect(const std::string& socket, const Task& task) {
  auto client = MilterClient::Open(socket, {.timeout = std::chrono::seconds(60)});
  if (!client) return client;
  for (const auto& [name, value] : task.macros) client->SetMacro(name, value);
  client->SetMacro("_", task.client_name + " [" + task.client_address + "]");
  client->SetMacro("{client_addr}", task.client_address);
  client->SetMacro("{client_name}", task.client_name);
  if (const auto done = client->Negotiate(); !done) return tl::unexpected(done.error());
  return client;
}

// An answer that ends the conversation before the message is the outcome, too.
base::Result<Outcome> Converse(MilterClient& client, const Task& task, const Message& message) {
  auto reply = client.Connect(task.client_name, task.client_address);
  if (reply && reply->GoesOn()) reply = client.Helo(task.helo);
  if (!reply) return tl::unexpected(reply.error());
  if (reply->GoesOn()) return client.Send(task.envelope, message);
  Outcome outcome;
  outcome.reply = *reply;
  return outcome;
}

base::Result<void> Deliver(const std::string& socket, const Task& task) {
  auto client = Connect(socket, task);
  if (!client) return tl::unexpected(client.error());
  const Message message = Message::Parse(task.content);
  const auto began = std::chrono::steady_clock::now();
  const auto outcome = Converse(*client, task, message);
  if (!outcome) return tl::unexpected(outcome.error());
  const auto time = std::chrono::steady_clock::now() - began;
  Print(*outcome, std::chrono::duration_cast<std::chrono::microseconds>(time),
        client->Queued(message, *outcome).Format());
  return client->Quit();
}

}  // namespace
}  // namespace gatepost::support

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: gatepost-test-mailer SOCKET\n";
    return 64;
  }
  for (auto task = gatepost::support::ReadTask(); task; task = gatepost::support::ReadTask()) {
    const auto done = gatepost::support::Deliver(argv[1], *task);
    if (!done) std::cout << "error " << done.error().message << '\n';
    std::cout << std::flush;
  }
}
