#include "milters/attachments/scanner_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "milters/attachments/scanner/packet_channel.h"
#include "milters/attachments/scanner_spawn.h"

namespace gatepost::attachments {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::milliseconds;

// Until there is a frame, or the other side is gone. A frame that waits is none once it is late.
bool Await(int socket, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return false;
    pollfd watched{socket, POLLIN, 0};
    const auto wait = std::min<std::int64_t>(left.count(), 60'000);
    if (::poll(&watched, 1, static_cast<int>(wait)) > 0) return true;
  }
}

// The same file, to be read only, at a place of its own: whoever takes over the scanner cannot
// change what the milter goes on with.
Result<base::UniqueFd> OnlyToRead(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  base::UniqueFd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened) return opened;
  return Fail(ErrorKind::kInternal, path + ": " + std::generic_category().message(errno));
}

}  // namespace

std::string DescribeEnd(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  if (!WIFSIGNALED(wait_status)) return "an unknown end";
  const int number = WTERMSIG(wait_status);
  const char* const name = ::sigabbrev_np(number);
  const std::string signal =
      "signal " + (name == nullptr ? std::to_string(number) : std::string("SIG") + name);
  return number == SIGSYS ? signal + ", a forbidden system call" : signal;
}

ScannerProcess::ScannerProcess(const ScannerOptions& options, pid_t pid, base::UniqueFd socket)
    : most_requests_(options.requests),
      worn_kilobytes_(options.worn_kilobytes),
      pid_(pid),
      socket_(std::move(socket)),
      buffer_(kMostFrameBytes) {}

ScannerProcess::~ScannerProcess() { End(); }

Result<std::unique_ptr<ScannerProcess>> ScannerProcess::Start(const ScannerOptions& options,
                                                              Deadline deadline) {
  auto spawned = SpawnScanner(options);
  if (!spawned) return tl::unexpected(spawned.error());
  std::unique_ptr<ScannerProcess> process(
      new ScannerProcess(options, spawned->pid, std::move(spawned->socket)));
  if (const auto ready = process->AwaitReady(deadline); !ready) {
    return tl::unexpected(ready.error());
  }
  return process;
}

std::string ScannerProcess::End() {
  if (pid_ <= 0) return "ended";
  // One that has ended already keeps the status that it has.
  ::kill(pid_, SIGKILL);
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  pid_ = -1;
  return ended > 0 ? DescribeEnd(status) : "an unknown end";
}

tl::unexpected<base::Error> ScannerProcess::Died() {
  return Fail(ErrorKind::kUnavailable, "the scanner died: " + End());
}

tl::unexpected<base::Error> ScannerProcess::Distrust(const std::string& reason) {
  End();
  return Fail(ErrorKind::kUnavailable, "the scanner sent what it must not: " + reason);
}

bool ScannerProcess::MayServe() const {
  if (pid_ <= 0 || busy_ || requests_ >= most_requests_) return false;
  if (peak_kilobytes_ > first_kilobytes_ + worn_kilobytes_) return false;
  pollfd watched{socket_.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 0;  // it neither hung up nor speaks unasked
}

Result<void> ScannerProcess::ReceivePacket(Deadline deadline) {
  if (!Await(socket_.get(), deadline)) {
    End();
    return Fail(ErrorKind::kTimeout, "the scanner took too long");
  }
  const auto received = attachments::ReceivePacket(socket_.get(), buffer_);
  if (!received && received.error().kind == ErrorKind::kUnavailable) return Died();
  if (!received) return Distrust(received.error().message);
  if (received->passed) return Distrust("a descriptor");
  unread_ = std::span(buffer_).first(received->size);
  return {};
}

Result<Answer> ScannerProcess::Receive(Deadline deadline) {
  if (unread_.empty()) {
    const auto received = ReceivePacket(deadline);
    if (!received) return tl::unexpected(received.error());
  }
  const auto frame = TakeFrame(unread_);
  if (!frame) return Distrust("a packet that is cut");
  answered_bytes_ += frame->size();
  auto answer = ParseAnswer(*frame);
  if (!answer) return Distrust(answer.error().message);
  return answer;
}

Result<void> ScannerProcess::AwaitReady(Deadline deadline) {
  const auto answer = Receive(deadline);
  if (!answer) return tl::unexpected(answer.error());
  if (const auto* const refusal = std::get_if<ScannerRefusal>(&*answer)) {
    End();
    return Fail(ErrorKind::kUnavailable, "the scanner cannot be confined: " + refusal->reason);
  }
  const auto* const ready = std::get_if<ScannerReady>(&*answer);
  if (ready == nullptr) return Distrust("no greeting");
  // It would be taken for the answer to the next order.
  if (!unread_.empty()) return Distrust("more than a greeting");
  ready_ = *ready;
  return {};
}

Result<void> ScannerProcess::Ping(Deadline deadline) {
  busy_ = true;
  if (!SendPacket(socket_.get(), Format(PingOrder()))) return Died();
  const auto ready = AwaitReady(deadline);
  busy_ = !ready.has_value();
  return ready;
}

Result<ScanResult> ScannerProcess::Scan(const ScanRequest& request, const ScanFile& file,
                                        const ScannerClient::OnMember& on_member,
                                        Deadline deadline) {
  base::UniqueFd readable;
  if (file.fd >= 0) {
    auto opened = OnlyToRead(file.fd);
    if (!opened) return tl::unexpected(opened.error());
    readable = std::move(*opened);
  }
  busy_ = true;
  const ScanOrder order{++requests_, request, file.size, file.bytes};
  if (!SendPacket(socket_.get(), Format(order), readable.get())) return Died();
  return AwaitEnd(on_member, request.budget, deadline);
}

Result<ScanResult> ScannerProcess::AwaitEnd(const ScannerClient::OnMember& on_member,
                                            const ScanBudget& budget, Deadline deadline) {
  answered_bytes_ = 0;
  for (std::size_t told = 0; told <= MostAnswers(budget); ++told) {
    auto answer = Receive(deadline);
    if (!answer) return tl::unexpected(answer.error());
    const auto* const end = std::get_if<ScanEnd>(&*answer);
    if (end != nullptr && end->number == requests_ && unread_.empty()) return TakeEnd(*end);
    auto* const member = std::get_if<ScanMember>(&*answer);
    if (member == nullptr || member->number != requests_) return Distrust("no answer to this");
    if (answered_bytes_ > MostAnswerBytes(budget)) break;
    on_member(std::move(member->item));
  }
  return Distrust("too much");
}

ScanResult ScannerProcess::TakeEnd(const ScanEnd& end) {
  busy_ = false;
  peak_kilobytes_ = std::max(peak_kilobytes_, end.peak_kilobytes);
  if (first_kilobytes_ == 0) first_kilobytes_ = peak_kilobytes_;
  return end.result;
}

}  // namespace gatepost::attachments
