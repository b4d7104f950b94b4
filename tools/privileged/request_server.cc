#include "tools/privileged/request_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "common/base/clock.h"
#include "common/base/strings.h"
#include "common/base/unique_fd.h"
#include "common/config/config_error.h"
#include "common/log/log.h"
#include "common/privileged/client.h"
#include "tools/privileged/command_runner.h"
#include "tools/privileged/held_copy.h"
#include "tools/privileged/request.h"
#include "tools/privileged/verb_policy.h"

namespace gatepost::privileged {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// A program of ours writes its line at once.
constexpr auto kReadTime = 2s;

tl::unexpected<base::Error> SystemError(const char* what) {
  return Fail(ErrorKind::kInternal,
              std::string(what) + ": " + std::generic_category().message(errno));
}

int UntilThen(Deadline deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// Up to a line end; one byte too many is enough to know that it is too long.
Result<std::string> ReadLine(int connection) {
  const auto deadline = std::chrono::steady_clock::now() + kReadTime;
  std::string line;
  std::array<char, kMaxRequestBytes + 1> chunk;
  while (line.find('\n') == std::string::npos && line.size() <= kMaxRequestBytes) {
    pollfd watched{connection, POLLIN, 0};
    if (::poll(&watched, 1, UntilThen(deadline)) == 0) {
      return Fail(ErrorKind::kTimeout, "no request came");
    }
    const ssize_t size = ::recv(connection, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size == 0) break;
    if (size > 0) line.append(chunk.data(), static_cast<std::size_t>(size));
    if (size < 0 && errno != EAGAIN && errno != EINTR) return SystemError("receive");
  }
  if (line.size() <= kMaxRequestBytes) return line;
  return Fail(ErrorKind::kInvalid, "the request is too long");
}

std::string FormatAnswer(const Result<void>& done) {
  if (done) return "ok\n";
  return "error " + base::Printable(done.error().message, kMaxAnswerBytes - 16) + "\n";
}

void Log(const Peer& peer, std::string_view what, const Result<void>& done) {
  log::Line line(done ? log::Level::kInfo : log::Level::kWarning, done ? "done" : "refused");
  line.With("request", what).With("pid", peer.pid).With("uid", peer.uid);
  if (!done) line.With("reason", done.error().message);
}

// Whoever holds a pass gets a message through.
std::string WithoutPass(std::string_view line, const Result<Request>& request) {
  const std::string copy(Name(Verb::kReleaseTo));
  if (!line.starts_with(copy)) return std::string(line);
  // Of a request that is none, any word may be a pass.
  if (!request) return copy + " ...";
  return copy + " " + request->argument + " " + request->recipient;
}

Result<void> Execute(const Request& request, const CommandOptions& options) {
  if (request.verb == Verb::kReleaseTo) return ReleaseTo(request, options);
  if (request.verb == Verb::kAccepted) return AwaitsNothing(request, options);
  const auto commands = CommandsFor(request, options);
  if (!commands) return tl::unexpected(commands.error());
  for (const Command& command : *commands) {
    if (auto done = RunCommand(command, options.time_limit); !done) return done;
  }
  return {};
}

sigset_t OurSignals() {
  sigset_t signals{};
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  return signals;
}

}  // namespace

Result<void> RequestServer::Answer(int connection, const Peer& peer) const {
  const auto refuse = [&](const base::Error& error) {
    Result<void> refused = tl::unexpected(error);
    Log(peer, "", refused);
    return refused;
  };
  if (!configuration_->peers.Allows(peer)) {
    return refuse({ErrorKind::kPermission, "this user may not ask"});
  }
  const auto line = ReadLine(connection);
  if (!line) return refuse(line.error());
  const auto request = ParseRequest(*line);
  const auto done = request ? Execute(*request, configuration_->options.commands)
                            : Result<void>(tl::unexpected(request.error()));
  Log(peer, WithoutPass(base::Trim(*line), request), done);
  return done;
}

void RequestServer::ServeOne(int connection) const {
  const auto peer = PeerOf(connection);
  const auto done = peer ? Answer(connection, *peer) : tl::unexpected(peer.error());
  const std::string answer = FormatAnswer(done);
  // It fits into the socket's buffer; a peer that hung up does not want it.
  static_cast<void>(::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void RequestServer::Reload() {
  try {
    configuration_ = load_();
    log::Info("reloaded");
  } catch (const config::ConfigError& error) {
    log::Error("reload_failed").With("reason", error.what());
  }
}

Result<void> RequestServer::Serve(int listening, milliseconds idle_exit) {
  // Who hung up since poll() leaves nothing to accept, and would have us deaf to signals.
  const int flags = ::fcntl(listening, F_GETFL);
  if (flags < 0 || ::fcntl(listening, F_SETFL, flags | O_NONBLOCK) != 0)
    return SystemError("fcntl");
  const sigset_t wanted = OurSignals();
  const base::UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return SystemError("signalfd");
  const int patience = idle_exit == 0ms ? -1 : static_cast<int>(idle_exit.count());
  for (;;) {
    std::array<pollfd, 2> watched{{{signals.get(), POLLIN, 0}, {listening, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), patience);
    if (ready == 0) return {};
    signalfd_siginfo signal{};
    if (::read(signals.get(), &signal, sizeof signal) == sizeof signal) {
      if (signal.ssi_signo != SIGHUP) return {};
      Reload();
    }
    if ((watched[1].revents & POLLIN) == 0) continue;
    const base::UniqueFd connection(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) ServeOne(connection.get());
  }
}

}  // namespace gatepost::privileged
