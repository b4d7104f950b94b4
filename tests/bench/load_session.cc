#include "tests/bench/load_session.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "common/base/strings.h"
#include "tests/support/milter_channel.h"

namespace gatepost::bench {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::steady_clock;
using support::Answer;
using support::Frame;

constexpr std::chrono::seconds kConnectTimeout{10};

bool IsFinal(char letter) { return std::string_view("acrtdy4f").find(letter) < 8; }

}  // namespace

Result<void> LoadSession::Open() {
  auto fd = support::ConnectSocket(plan_.socket, kConnectTimeout);
  if (!fd) return tl::unexpected(fd.error());
  fd_ = *std::move(fd);
  input_.clear();
  own_output_ = support::NegotiationFrame({});
  output_ = own_output_;
  negotiated_ = false;
  done_ = false;
  ready_ = false;
  wished_ = false;
  messages_ = 0;
  return Flush();
}

Result<void> LoadSession::Flush() {
  while (!output_.empty()) {
    const ssize_t sent = ::send(fd_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return {};
    if (sent < 0) return Fail(ErrorKind::kUnavailable, "the milter hung up while we sent");
    output_.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> LoadSession::Read() {
  std::array<char, 16384> chunk;
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EAGAIN) return {};
    if (got <= 0) return Fail(ErrorKind::kUnavailable, "the milter hung up");
    input_.append(chunk.data(), static_cast<std::size_t>(got));
    if (static_cast<std::size_t>(got) < chunk.size()) return {};
  }
}

Result<void> LoadSession::Advance(std::vector<Finished>& finished) {
  auto done = Flush();
  if (done) done = Read();
  while (done && !done_) {
    const auto frame = support::TakeFrame(input_);
    if (!frame) break;
    done = Handle(*frame, finished);
  }
  return done;
}

Result<void> LoadSession::HandleNegotiation(const Frame& frame) {
  const auto agreed = support::ParseNegotiation(frame, {});
  if (!agreed) return tl::unexpected(agreed.error());
  if (!scripts_.ready) {
    scripts_.first = WriteScript(*agreed, plan_.sample, true);
    scripts_.next = WriteScript(*agreed, plan_.sample, false);
    scripts_.protocol = agreed->protocol;
    scripts_.ready = true;
  }
  negotiated_ = true;
  GoOn();
  return Flush();
}

void LoadSession::GoOn() {
  ready_ = plan_.paced;
  if (!ready_) BeginMessage();
}

Result<void> LoadSession::BeginNext() {
  ready_ = false;
  BeginMessage();
  return Flush();
}

void LoadSession::BeginMessage() {
  current_ = {};
  batch_ = 0;
  PrepareScript();
  message_start_ = steady_clock::now();
  SendBatch();
}

void LoadSession::PrepareScript() {
  script_ = messages_ == 0 ? &scripts_.first : &scripts_.next;
  if (plan_.users == 0) return;
  const long number = scripts_.messages++;
  current_.user = static_cast<int>(number % plan_.users);
  own_script_ = Personal(*script_, number, plan_.users);
  script_ = &own_script_;
}

void LoadSession::SendBatch() {
  output_ = script()[batch_].bytes;
  ++current_.awaited_replies;
  if (batch_ + 1 == script().size()) end_start_ = steady_clock::now();
}

Result<void> LoadSession::Handle(const Frame& frame, std::vector<Finished>& finished) {
  if (!negotiated_) return HandleNegotiation(frame);
  const bool at_end = batch_ + 1 == script().size();
  const bool skips = frame.letter == static_cast<char>(Answer::kSkip);
  const bool goes_on = frame.letter == static_cast<char>(Answer::kContinue) || skips;
  if (frame.letter == static_cast<char>(Answer::kProgress)) return {};
  if (goes_on && !at_end) {
    do ++batch_;
    while (skips && script()[batch_].is_body);
    SendBatch();
  } else if (IsFinal(frame.letter)) {
    FinishMessage(frame.letter, finished);
  } else if (at_end && support::IsEdit(frame.letter)) {
    CountEdit(frame);
  } else {
    return Fail(ErrorKind::kInvalid, "an answer out of place");
  }
  return Flush();
}

void LoadSession::CountEdit(const Frame& frame) {
  const auto edit = support::ParseEdit(frame);
  if (!edit) return;
  if (base::EqualsIgnoreCase(edit->name, "DKIM-Signature")) ++current_.signatures;
  if (!base::EqualsIgnoreCase(edit->name, "Authentication-Results")) return;
  if (edit->kind == support::Edit::Kind::kDeleteHeader) return;
  ++current_.results;
  if (edit->value.find("dkim=pass") != std::string::npos) ++current_.passes;
}

void LoadSession::FinishMessage(char verdict, std::vector<Finished>& finished) {
  const auto now = steady_clock::now();
  const bool at_end = batch_ + 1 == script().size();
  current_.message = now - message_start_;
  if (at_end) current_.end_of_message = now - end_start_;
  current_.verdict = verdict;
  finished.push_back(current_);
  if (++messages_ >= plan_.messages_per_connection) {
    done_ = true;
    own_output_ = support::EncodeFrame(support::Command::kQuit);
    output_ = own_output_;
    return;
  }
  GoOn();
  if (at_end) return;
  own_output_ = support::EncodeFrame(support::Command::kAbort);
  if (!ready_) own_output_ += script()[0].bytes;
  output_ = own_output_;
}

}  // namespace gatepost::bench
