#include "common/dns/event_thread.h"

#include <pthread.h>
#include <signal.h>

#include <new>
#include <utility>

#include "common/dns/message_parser.h"

namespace gatepost::dns {
namespace {

// While questions are under way: how late a time-out may be seen.
constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::milliseconds kForEver{-1};

Answer Failure(Status status) {
  Answer answer;
  answer.status = status;
  return answer;
}

// Starts a thread in which no signal is delivered: they belong to the program's own sigwait.
std::thread StartWithoutSignals(std::function<void()> run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

// One question on its way. It lives until c-ares has called back for the last time.
class EventThread::Exchange final : public AresChannel::Asker {
 public:
  Exchange(EventThread& thread, Submitted submitted)
      : question(submitted.question),
        state(std::move(submitted.state)),
        expires(std::chrono::steady_clock::now() + thread.timeout_),
        thread_(thread) {}

  void Send() { thread_.channel_->Send(question, manner_, *this); }

  void OnOutcome(AresChannel::Outcome outcome, AresChannel::Packet packet) override {
    if (MustAskAgain(outcome, packet)) {
      Send();
      return;
    }
    thread_.End(*this, Read(outcome, packet), outcome == AresChannel::Outcome::kCancelled);
  }

  Question question;
  StatePtr state;
  base::SteadyTime expires;
  bool late = false;
  Exchanges::iterator self;

 private:
  // Each reason counts once, and `manner_` says how to ask then.
  bool MustAskAgain(AresChannel::Outcome outcome, AresChannel::Packet packet) {
    switch (outcome) {
      case AresChannel::Outcome::kPacket:
        return RefusesEdns(packet) && std::exchange(manner_.edns, false);
      case AresChannel::Outcome::kTruncated:
        return !std::exchange(manner_.tcp, true);
      case AresChannel::Outcome::kFailed:  // perhaps closed for another question on the connection
        return manner_.tcp && !late && !std::exchange(failed_once_, true);
      default:
        return false;
    }
  }

  Answer Read(AresChannel::Outcome outcome, AresChannel::Packet packet) const {
    switch (outcome) {
      case AresChannel::Outcome::kPacket:
        return Parse(packet);
      case AresChannel::Outcome::kOnion:
        return Failure(Status::kNxDomain);
      case AresChannel::Outcome::kTruncated:
      case AresChannel::Outcome::kFailed:
        return Failure(Status::kServFail);
      case AresChannel::Outcome::kTimeout:
      case AresChannel::Outcome::kCancelled:
        return Failure(Status::kTimeout);
    }
    return Failure(Status::kServFail);
  }

  // We are called from within c-ares, which no exception may cross.
  Answer Parse(AresChannel::Packet packet) const {
    try {
      return ParseMessage(packet, question);
    } catch (const std::bad_alloc&) {
      return Failure(Status::kServFail);
    }
  }

  EventThread& thread_;
  AresChannel::Manner manner_;
  bool failed_once_ = false;
};

EventThread::EventThread(std::unique_ptr<AresChannel> channel, const ResolverOptions& options,
                         Sink sink)
    : channel_(std::move(channel)),
      timeout_(options.timeout),
      trust_ad_(options.trust_ad.value_or(channel_->local())),
      sink_(std::move(sink)),
      thread_(StartWithoutSignals([this] { Run(); })) {}

EventThread::~EventThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  channel_->Wake();
  thread_.join();
}

void EventThread::Submit(const Question& question, StatePtr state) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = submitted_.empty();
    submitted_.push_back({question, std::move(state)});
  }
  if (was_empty) channel_->Wake();
}

void EventThread::Run() {
  pthread_setname_np(pthread_self(), "dns");
  for (;;) {
    SendSubmitted();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    channel_->Poll(Tick());
    ExpireOld();
  }
  StopAll();
}

void EventThread::SendSubmitted() {
  std::vector<Submitted> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(submitted_);
  }
  for (Submitted& submitted : batch) {
    Exchange& exchange = running_.emplace_back(*this, std::move(submitted));
    exchange.self = std::prev(running_.end());
    exchange.Send();  // may end it at once
  }
}

std::chrono::milliseconds EventThread::Tick() const {
  return running_.empty() && expired_.empty() ? kForEver : kTick;
}

void EventThread::ExpireOld() {
  // A tick later than c-ares, whose own time-out comes first unless a move to TCP made it longer.
  const auto now = std::chrono::steady_clock::now() - kTick;
  while (!running_.empty() && running_.front().expires <= now) {
    Exchange& exchange = running_.front();
    exchange.late = true;
    expired_.splice(expired_.end(), running_, exchange.self);
    sink_(exchange.question, exchange.state, {Event::kExpired, Failure(Status::kTimeout)});
  }
}

void EventThread::End(Exchange& exchange, Answer answer, bool cancelled) {
  answer.authenticated = answer.authenticated && trust_ad_;
  const Event event = cancelled ? Event::kStopped : exchange.late ? Event::kLate : Event::kAnswered;
  sink_(exchange.question, exchange.state, {event, std::move(answer)});
  (exchange.late ? expired_ : running_).erase(exchange.self);
}

void EventThread::StopAll() {
  channel_->Cancel();
  const std::lock_guard lock(mutex_);
  for (const Submitted& submitted : submitted_) {
    sink_(submitted.question, submitted.state, {Event::kStopped, Failure(Status::kTimeout)});
  }
}

}  // namespace gatepost::dns
