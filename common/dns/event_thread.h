// The thread that owns the AresChannel: takes questions from all threads, sends them and hands the
// answers on. Belongs to CaresResolver.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/dns/ares_channel.h"
#include "common/dns/query.h"

namespace gatepost::dns {

class EventThread {
 public:
  using StatePtr = std::shared_ptr<Query::State>;

  // What became of a question.
  enum class Event {
    kAnswered,  // an answer, a failure or a time-out of c-ares
    kExpired,   // its time is over; the question goes on
    kLate,      // the end of a question that expired
    kStopped,   // the resolver ends
  };
  struct Result {
    Event event;
    Answer answer;
  };
  // Called in this thread; without kExpired exactly once for each question.
  using Sink = std::function<void(const Question&, const StatePtr&, Result)>;

  EventThread(std::unique_ptr<AresChannel> channel, const ResolverOptions& options, Sink sink);
  // Ends all questions with kStopped, then returns. No Submit may follow or run meanwhile.
  ~EventThread();
  EventThread(const EventThread&) = delete;
  EventThread& operator=(const EventThread&) = delete;

  // Any thread; does not wait.
  void Submit(const Question& question, StatePtr state);

 private:
  struct Submitted {
    Question question;
    StatePtr state;
  };
  class Exchange;
  using Exchanges = std::list<Exchange>;

  void Run();
  void SendSubmitted();
  void ExpireOld();
  void StopAll();
  std::chrono::milliseconds Tick() const;
  void End(Exchange& exchange, Answer answer, bool cancelled);

  const std::unique_ptr<AresChannel> channel_;
  const std::chrono::milliseconds timeout_;
  const bool trust_ad_;
  const Sink sink_;

  std::mutex mutex_;  // guards the next two
  std::vector<Submitted> submitted_;
  bool stopping_ = false;

  // Of the thread alone. All questions have the same time, so the oldest is the first to expire.
  Exchanges running_;
  Exchanges expired_;

  std::thread thread_;
};

}  // namespace gatepost::dns
