// milter_load: keeps a number of sessions with a milter busy, as Postfix would, and prints what it
// took. One thread with epoll, frames prepared beforehand, so that on a small machine the milter
// has the processor to itself as far as can be.
#include <sys/epoll.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/load_options.h"
#include "tests/bench/load_report.h"
#include "tests/bench/load_session.h"
#include "tests/support/milter_client.h"
#include "tests/support/program.h"

namespace gatepost::bench {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;
using std::chrono::steady_clock;

class Load {
 public:
  explicit Load(const LoadOptions& options)
      : options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    const std::string text = options.message_file.empty()
                                 ? SampleMessage(options.size)
                                 : support::ReadWholeFile(options.message_file);
    plan_ = {options.socket,
             {options.traffic, support::Message::Parse(text), options.recipients},
             options.per_connection,
             options.users,
             options.rate > 0};
  }

  Result<LoadReport> Run() {
    if (const auto opened = OpenSessions(); !opened) return tl::unexpected(opened.error());
    measuring_ = options_.warm_up == 0;
    Begin();
    while (!IsOver()) {
      if (const auto turned = Turn(); !turned) return tl::unexpected(turned.error());
    }
    report_.End(ReadUsage(options_.pids), failures_, scripts_.protocol);
    return report_;
  }

 private:
  // A milter that answers nothing for so long is stuck.
  static constexpr int kStuckSeconds = 30;
  static constexpr int kMaxEvents = 256;

  Result<void> OpenSessions() {
    for (int i = 0; i < options_.sessions; ++i) {
      sessions_.push_back(std::make_unique<LoadSession>(plan_, scripts_));
      if (auto opened = Open(*sessions_.back()); !opened) return opened;
    }
    return {};
  }

  Result<void> Open(LoadSession& session) {
    if (auto opened = session.Open(); !opened) return opened;
    epoll_event event{EPOLLIN, {.ptr = &session}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, session.fd(), &event) != 0) {
      return Fail(ErrorKind::kInternal, "epoll_ctl failed");
    }
    Rearm(session);
    return {};
  }

  void Begin() {
    ResetPeak(options_.pids);
    report_.Begin(ReadUsage(options_.pids));
    deadline_ =
        steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(options_.seconds);
  }

  bool IsOver() const {
    if (!measuring_) return false;
    return options_.messages > 0 ? counted_ >= options_.messages : steady_clock::now() >= deadline_;
  }

  Result<void> Turn() {
    epoll_event events[kMaxEvents];
    if (auto begun = BeginDue(); !begun) return begun;
    const bool paced = options_.rate > 0 && !ready_.empty();
    const auto patience = paced ? UntilNextIsDue() : timespec{kStuckSeconds, 0};
    const int ready = ::epoll_pwait2(epoll_.get(), events, kMaxEvents, &patience, nullptr);
    if (ready == 0 && !paced) return Fail(ErrorKind::kTimeout, "no answer for 30 seconds");
    for (int i = 0; i < ready && !IsOver(); ++i) {
      auto served = Serve(*static_cast<LoadSession*>(events[i].data.ptr));
      if (!served) return served;
    }
    return {};
  }

  // A paced run sleeps until then: looking at the clock all the time would take a processor from
  // what is measured.
  timespec UntilNextIsDue() const {
    const auto rest = std::max(next_due_ - steady_clock::now(), steady_clock::duration::zero());
    return {std::chrono::floor<std::chrono::seconds>(rest).count(),
            static_cast<long>((rest % std::chrono::seconds(1)).count())};
  }

  Result<void> BeginDue() {
    const auto now = steady_clock::now();
    while (!ready_.empty() && now >= next_due_) {
      const auto interval = std::chrono::duration<double>(1 / options_.rate);
      next_due_ = std::max(next_due_, now - std::chrono::milliseconds(10)) +
                  std::chrono::duration_cast<steady_clock::duration>(interval);
      LoadSession& session = *ready_.front();
      ready_.pop_front();
      if (auto begun = session.BeginNext(); !begun) return begun;
      Rearm(session);
    }
    return {};
  }

  Result<void> Serve(LoadSession& session) {
    finished_.clear();
    auto advanced = session.Advance(finished_);
    for (const Finished& finished : finished_) Count(finished);
    if (!advanced) {
      std::fprintf(stderr, "milter_load: %s\n", advanced.error().message.c_str());
      if (++failures_ > options_.sessions) return advanced;
    }
    if (!advanced || session.is_done()) return Open(session);
    if (session.is_ready()) ready_.push_back(&session);
    Rearm(session);
    return {};
  }

  void Rearm(LoadSession& session) {
    if (!session.WriteWishChanged()) return;
    epoll_event event{EPOLLIN | (session.WantsToWrite() ? EPOLLOUT : 0U), {.ptr = &session}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, session.fd(), &event);
  }

  void Count(const Finished& finished) {
    ++counted_;
    if (measuring_) return report_.Count(finished);
    if (counted_ < options_.warm_up) return;
    measuring_ = true;
    counted_ = 0;
    Begin();
  }

  const LoadOptions& options_;
  base::UniqueFd epoll_;
  LoadPlan plan_;
  LoadScripts scripts_;
  std::vector<std::unique_ptr<LoadSession>> sessions_;
  std::vector<Finished> finished_;
  LoadReport report_;
  std::deque<LoadSession*> ready_;  // for their next message, where paced
  steady_clock::time_point next_due_;
  bool measuring_ = false;
  long counted_ = 0;
  long failures_ = 0;
  steady_clock::time_point deadline_;
};

// Sessions that have said HELO and nothing more.
int RunIdle(const LoadOptions& options) {
  const ProcessUsage before = ReadUsage(options.pids);
  std::vector<support::MilterClient> clients;
  for (int i = 0; i < options.idle; ++i) {
    auto client = support::MilterClient::Start(options.socket);
    if (!client) {
      std::fprintf(stderr, "milter_load: %s\n", client.error().message.c_str());
      return 1;
    }
    clients.push_back(*std::move(client));
  }
  const ProcessUsage after = ReadUsage(options.pids);
  const double bytes = static_cast<double>(after.resident_kb - before.resident_kb) * 1024;
  const char* const format =
      options.json ? "{\"idle_sessions\":%d,\"bytes_per_session\":%.0f,\"resident_kb\":%ld,"
                     "\"threads\":%d}\n"
                   : "idle sessions %d, bytes per session %.0f, resident kB %ld, threads %d\n";
  std::printf(format, options.idle, bytes / options.idle, static_cast<long>(after.resident_kb),
              after.threads);
  return 0;
}

int Main(const LoadOptions& options) {
  if (options.print_message) {
    const std::string message = SampleMessage(options.size);
    return std::fwrite(message.data(), 1, message.size(), stdout) == message.size() ? 0 : 1;
  }
  if (options.idle > 0) return RunIdle(options);
  const auto report = Load(options).Run();
  if (!report) {
    std::fprintf(stderr, "milter_load: %s\n", report.error().message.c_str());
    return 1;
  }
  std::fputs((options.json ? report->Json() : report->Text()).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace gatepost::bench

int main(int argc, char** argv) {
  const auto options = gatepost::bench::ParseLoadOptions({argv + 1, argv + argc});
  if (options) return gatepost::bench::Main(*options);
  std::fprintf(stderr, "%s", options.error().message.c_str());
  return 64;
}
