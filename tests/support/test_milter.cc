// gatepost-test-milter SOCKET_PATH: a milter that does what a message tells it to, for tests of the
// scenario runner and of the load generator. Each `X-Do` header is one instruction, obeyed at end
// of message: "insert 0 Name: value", "add Name: value", "change 1 Name: value", "delete 1 Name",
// "reject", "tempfail-without /path", "accept", ... A recipient whose local part begins with
// "refused" gets a 550. One thread, any number of connections.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/milter_channel.h"
#include "tests/support/milter_message.h"
#include "tests/support/scenario.h"
#include "tests/support/scripted_milter.h"

namespace gatepost::support {
namespace {

constexpr std::uint32_t kProtocol = protocol::kNoReplyConnect | protocol::kNoReplyHelo |
                                    protocol::kNoReplyMail | protocol::kNoReplyHeader |
                                    protocol::kNoReplyEndOfHeaders | protocol::kNoReplyBody |
                                    protocol::kNoData | protocol::kHeaderLeadingSpace;

std::string HeaderEdit(Answer answer, std::string_view rest, bool indexed) {
  std::uint32_t index = 0;
  if (indexed) index = static_cast<std::uint32_t>(std::stoul(TakeWord(rest)));
  const std::size_t colon = std::min(rest.find(':'), rest.size());
  const std::string_view name = rest.substr(0, colon);
  const std::string_view value = rest.substr(std::min(colon + 1, rest.size()));
  if (indexed) return AnswerFrame(answer, IndexedHeader(index, name, value));
  return AnswerFrame(answer, NulTerminated(name) + NulTerminated(value));
}

std::string Obey(std::string_view instruction) {
  const std::string verb = TakeWord(instruction);
  if (verb == "insert") return HeaderEdit(Answer::kInsertHeader, instruction, true);
  if (verb == "add") return HeaderEdit(Answer::kAddHeader, instruction, false);
  if (verb == "change") return HeaderEdit(Answer::kChangeHeader, instruction, true);
  if (verb == "delete") return HeaderEdit(Answer::kChangeHeader, instruction, true);
  if (verb == "quarantine") return AnswerFrame(Answer::kQuarantine, NulTerminated(instruction));
  if (verb == "body") return AnswerFrame(Answer::kReplaceBody, std::string(instruction) + "\r\n");
  if (verb == "reply") return AnswerFrame(Answer::kReplyCode, NulTerminated(instruction));
  if (verb == "reject") return AnswerFrame(Answer::kReject);
  if (verb == "tempfail-without" && ::access(std::string(instruction).c_str(), F_OK) == 0) {
    return AnswerFrame(Answer::kAccept);
  }
  if (verb == "tempfail" || verb == "tempfail-without") return AnswerFrame(Answer::kTempFail);
  if (verb == "discard") return AnswerFrame(Answer::kDiscard);
  return AnswerFrame(Answer::kAccept);
}

class Session {
 public:
  explicit Session(base::UniqueFd fd) : channel_(std::move(fd)) {}
  int fd() const { return channel_.fd(); }

  // Reads what is there; false when the connection is over.
  bool Serve() {
    do {
      const auto frame = channel_.Receive(std::chrono::steady_clock::now());
      if (!frame) return frame.error().kind == base::ErrorKind::kTimeout;
      if (frame->letter == static_cast<char>(Command::kQuit)) return false;
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
      if (!channel_.Send(AnswerTo(*frame), deadline)) return false;
    } while (channel_.HasInput());
    return true;
  }

 private:
  std::string AnswerTo(const Frame& frame) {
    switch (static_cast<Command>(frame.letter)) {
      case Command::kNegotiate:
        return Negotiation();
      case Command::kMail:
      case Command::kAbort:
        instructions_.clear();
        return "";
      case Command::kRecipient:
        return frame.payload.starts_with("<refused")
                   ? AnswerFrame(Answer::kReplyCode, NulTerminated("550 5.1.1 No such user"))
                   : AnswerFrame(Answer::kContinue);
      case Command::kHeader:
        KeepInstruction(frame);
        return "";
      case Command::kUnknown:
        return AnswerFrame(Answer::kReject);
      case Command::kEndOfMessage:
        return Finish();
      default:
        return "";
    }
  }

  static std::string Negotiation() {
    std::string payload;
    AppendUint32(payload, 6);
    AppendUint32(payload, action::kAll & ~action::kSetMacroList);
    AppendUint32(payload, kProtocol);
    return AnswerFrame(Answer::kNegotiate, payload);
  }

  void KeepInstruction(const Frame& frame) {
    const auto parts = SplitNul(frame.payload);
    if (parts.size() == 2 && parts[0] == "X-Do") {
      instructions_.emplace_back(parts[1].substr(parts[1].starts_with(' ') ? 1 : 0));
    }
  }

  std::string Finish() {
    std::fprintf(stderr, "message instructions=%zu\n", instructions_.size());
    std::string answer;
    for (const std::string& instruction : std::exchange(instructions_, {})) {
      answer += Obey(instruction);
    }
    const bool decided = !answer.empty() && !IsEdit(LastLetter(answer));
    return decided ? answer : answer + AnswerFrame(Answer::kContinue);
  }

  static char LastLetter(std::string frames) {
    char letter = 0;
    while (const auto frame = TakeFrame(frames)) letter = frame->letter;
    return letter;
  }

  MilterChannel channel_;
  std::vector<std::string> instructions_;
};

base::UniqueFd Signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return base::UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC));
}

// False for SIGTERM.
bool ReadSignal(int fd) {
  signalfd_siginfo signal{};
  if (::read(fd, &signal, sizeof signal) != sizeof signal) return false;
  if (signal.ssi_signo == SIGTERM) return false;
  std::fprintf(stderr, "reloaded\n");
  return true;
}

int Serve(int listener, int signals) {
  std::list<Session> sessions;
  for (;;) {
    std::vector<pollfd> entries{{signals, POLLIN, 0}, {listener, POLLIN, 0}};
    for (const Session& session : sessions) entries.push_back({session.fd(), POLLIN, 0});
    if (::poll(entries.data(), entries.size(), -1) < 0) return 1;
    if (entries[0].revents != 0 && !ReadSignal(signals)) return 0;
    std::size_t entry = 2;
    for (auto session = sessions.begin(); session != sessions.end(); ++entry) {
      const bool over = entries[entry].revents != 0 && !session->Serve();
      session = over ? sessions.erase(session) : std::next(session);
    }
    if (entries[1].revents != 0) {
      sessions.emplace_back(base::UniqueFd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)));
    }
  }
}

}  // namespace
}  // namespace gatepost::support

int main(int argc, char** argv) {
  namespace support = gatepost::support;
  if (argc != 2) return 64;
  const gatepost::base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string_view(argv[1]).copy(address.sun_path, sizeof address.sun_path - 1);
  const gatepost::base::UniqueFd signals = support::Signals();
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), 512) != 0) {
    std::fprintf(stderr, "cannot listen on %s\n", argv[1]);
    return 71;
  }
  return support::Serve(listener.get(), signals.get());
}
