// The resolver of all programs: a cache in front, equal questions merged while they are under way,
// c-ares in a thread of its own behind. Made once per process by the program's wiring, after any
// fork and again on reload, as it reads resolv.conf when it is made; any thread may ask.
#pragma once

#include <atomic>
#include <memory>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/dns/answer_cache.h"
#include "common/dns/event_thread.h"
#include "common/dns/resolver.h"
#include "common/dns/resolver_options.h"

namespace gatepost::dns {

// Since the resolver was made, for dashboards. Each asked question counts in exactly one of
// cache_hits, merged, sent, overloaded and bad_names.
struct ResolverCounters {
  std::uint64_t asked = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t merged = 0;  // joined an equal question under way
  std::uint64_t sent = 0;
  std::uint64_t overloaded = 0;
  std::uint64_t bad_names = 0;
  std::uint64_t timeouts = 0;     // of those sent
  std::uint64_t failures = 0;     // of those sent: SERVFAIL, unusable answers, no server there
  std::uint64_t late = 0;         // answers that came after their question had timed out
  std::size_t outstanding = 0;    // now
  std::size_t cache_entries = 0;  // now
  std::size_t cache_bytes = 0;    // now, estimated
};

class CaresResolver final : public Resolver {
 public:
  // `clock` decides when kept answers expire; it must live as long as the resolver. Deadlines of
  // waits and time-outs always run in real time.
  // kInvalid: an entry of `servers` is not an address. kUnavailable: no server is known.
  static base::Result<std::unique_ptr<CaresResolver>> Create(
      const ResolverOptions& options, const base::Clock& clock = base::SystemClock::Instance());
  // Questions under way end with kTimeout. No Ask may run meanwhile; waiting threads may.
  ~CaresResolver() override;

  Query Ask(std::string_view name, RecordType type) override;
  ResolverCounters Counters() const;

 private:
  CaresResolver(const ResolverOptions& options, const base::Clock& clock);

  void Submit(const Question& question, const EventThread::StatePtr& state);
  void Take(const Question& question, const EventThread::StatePtr& state,
            EventThread::Result result);
  void TakeAnswer(const Question& question, const EventThread::StatePtr& state, Answer answer);
  void Count(Status status);
  std::chrono::seconds TimeToKeep(const Answer& answer) const;

  const ResolverOptions options_;
  const base::Clock& clock_;
  AnswerCache cache_;
  std::atomic<std::size_t> outstanding_{0};
  std::atomic<std::uint64_t> overloaded_{0};
  std::atomic<std::uint64_t> bad_names_{0};
  std::atomic<std::uint64_t> timeouts_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> late_{0};
  std::unique_ptr<EventThread> thread_;  // last: it uses all of the above
};

}  // namespace gatepost::dns
