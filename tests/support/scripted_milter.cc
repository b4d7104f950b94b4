#include "tests/support/scripted_milter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace gatepost::support {
namespace {

base::UniqueFd Listen(const std::string& path) {
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* const raw = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(fd.get(), raw, sizeof address) != 0 || ::listen(fd.get(), 64) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  return fd;
}

std::uint32_t NoReplyBit(Command command) {
  switch (command) {
    case Command::kConnect:
      return protocol::kNoReplyConnect;
    case Command::kHelo:
      return protocol::kNoReplyHelo;
    case Command::kMail:
      return protocol::kNoReplyMail;
    case Command::kRecipient:
      return protocol::kNoReplyRecipient;
    case Command::kData:
      return protocol::kNoReplyData;
    case Command::kHeader:
      return protocol::kNoReplyHeader;
    case Command::kEndOfHeaders:
      return protocol::kNoReplyEndOfHeaders;
    case Command::kBody:
      return protocol::kNoReplyBody;
    case Command::kUnknown:
      return protocol::kNoReplyUnknown;
    default:
      return 0;
  }
}

bool IsNeverAnswered(Command command) {
  return command == Command::kMacro || command == Command::kAbort ||
         command == Command::kQuitNewConnection;
}

// True when `fd` can be read; false when the stop came first.
bool WaitOrStop(int fd, int stop) {
  std::array<pollfd, 2> entries{pollfd{fd, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  return ::poll(entries.data(), entries.size(), -1) > 0 && entries[1].revents == 0;
}

}  // namespace

std::string AnswerFrame(Answer answer, std::string_view payload) {
  return EncodeFrame(static_cast<char>(answer), payload);
}

std::string IndexedHeader(std::uint32_t index, std::string_view name, std::string_view value) {
  std::string payload;
  AppendUint32(payload, index);
  return payload + NulTerminated(name) + NulTerminated(value);
}

ScriptedMilter::ScriptedMilter(MilterScript script)
    : script_(std::move(script)),
      path_((folder_.path() / "milter.sock").string()),
      listener_(Listen(path_)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { Serve(); }) {}

ScriptedMilter::~ScriptedMilter() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

std::vector<Frame> ScriptedMilter::Seen() const {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

std::vector<std::string> ScriptedMilter::SeenPayloads(Command command) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> payloads;
  for (const Frame& frame : seen_) {
    if (frame.letter == static_cast<char>(command)) payloads.push_back(frame.payload);
  }
  return payloads;
}

void ScriptedMilter::Serve() {
  while (WaitOrStop(listener_.get(), stop_.get())) {
    base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd) ServeConnection(MilterChannel(std::move(fd)));
  }
}

void ScriptedMilter::ServeConnection(MilterChannel channel) {
  while (channel.HasInput() || WaitOrStop(channel.fd(), stop_.get())) {
    const auto frame = channel.Receive(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    if (!frame || !Answers(channel, *frame)) return;
  }
}

bool ScriptedMilter::Answers(MilterChannel& channel, const Frame& frame) {
  const auto command = static_cast<Command>(frame.letter);
  {
    const std::scoped_lock lock(mutex_);
    seen_.push_back(frame);
  }
  if (command == Command::kQuit) return false;
  const std::string answer = AnswerTo(frame);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  return channel.Send(answer, deadline).has_value();
}

std::string ScriptedMilter::AnswerTo(const Frame& frame) const {
  const auto command = static_cast<Command>(frame.letter);
  if (IsNeverAnswered(command) || (script_.protocol & NoReplyBit(command)) != 0) return {};
  const auto found = script_.answers.find(command);
  if (found != script_.answers.end()) return found->second;
  if (command != Command::kNegotiate) return AnswerFrame(Answer::kContinue);
  std::string payload;
  AppendUint32(payload, script_.version);
  AppendUint32(payload, script_.actions);
  AppendUint32(payload, script_.protocol);
  return AnswerFrame(Answer::kNegotiate, payload + script_.macro_lists);
}

}  // namespace gatepost::support
