#include "common/dns/cares_resolver.h"

#include <algorithm>
#include <new>

namespace gatepost::dns {
namespace {

// c-ares tells questions under way apart by 16 bits; half of them keep forgers guessing.
constexpr std::size_t kMostOutstanding = 32'768;

bool IsNegative(Status status) { return status == Status::kNoData || status == Status::kNxDomain; }

}  // namespace

base::Result<std::unique_ptr<CaresResolver>> CaresResolver::Create(const ResolverOptions& options,
                                                                   const base::Clock& clock) {
  auto channel = AresChannel::Open(options);
  if (!channel) return tl::unexpected(channel.error());
  std::unique_ptr<CaresResolver> resolver(new CaresResolver(options, clock));
  resolver->thread_ = std::make_unique<EventThread>(
      std::move(*channel), options,
      [self = resolver.get()](const Question& question, const EventThread::StatePtr& state,
                              EventThread::Result result) {
        self->Take(question, state, std::move(result));
      });
  return resolver;
}

CaresResolver::CaresResolver(const ResolverOptions& options, const base::Clock& clock)
    : options_(options), clock_(clock), cache_(options.cache_entries, options.cache_bytes) {}

CaresResolver::~CaresResolver() = default;

Query CaresResolver::Ask(std::string_view name, RecordType type) {
  const auto question = Question::Parse(name, type);
  if (!question) {
    bad_names_.fetch_add(1, std::memory_order_relaxed);
    return Query::Answered(FailedAnswer(Status::kBadName));
  }
  AnswerCache::Lookup lookup = cache_.FindOrStart(question->key(), clock_.Steady());
  if (lookup.found != AnswerCache::Found::kNew) return Query(std::move(lookup.state));
  if (outstanding_.fetch_add(1) >= std::min(options_.max_outstanding, kMostOutstanding)) {
    outstanding_.fetch_sub(1);
    overloaded_.fetch_add(1, std::memory_order_relaxed);
    cache_.Abandon(question->key(), lookup.state, FailedAnswer(Status::kOverloaded));
  } else {
    Submit(*question, lookup.state);
  }
  return Query(std::move(lookup.state));
}

// A question that cannot be handed over must not stay "under way" for those who ask next.
void CaresResolver::Submit(const Question& question, const EventThread::StatePtr& state) {
  try {
    thread_->Submit(question, state);
  } catch (const std::bad_alloc&) {
    outstanding_.fetch_sub(1);
    cache_.Abandon(question.key(), state, FailedAnswer(Status::kOverloaded));
  }
}

void CaresResolver::Take(const Question& question, const EventThread::StatePtr& state,
                         EventThread::Result result) {
  // Before anybody hears of the answer, so that who has it may ask again.
  if (result.event != EventThread::Event::kExpired) outstanding_.fetch_sub(1);
  switch (result.event) {
    case EventThread::Event::kAnswered:
    case EventThread::Event::kExpired:
      Count(result.answer.status);
      TakeAnswer(question, state, std::move(result.answer));
      return;
    case EventThread::Event::kLate:
      late_.fetch_add(1, std::memory_order_relaxed);
      if (IsTransient(result.answer.status)) return;
      TakeAnswer(question, nullptr, std::move(result.answer));
      return;
    case EventThread::Event::kStopped:
      cache_.Abandon(question.key(), state, FailedAnswer(Status::kTimeout));
      return;
  }
}

void CaresResolver::TakeAnswer(const Question& question, const EventThread::StatePtr& state,
                               Answer answer) {
  answer.ttl = TimeToKeep(answer);
  const auto expires = clock_.Steady() + answer.ttl;
  auto shared = std::make_shared<const Answer>(std::move(answer));
  if (state != nullptr) {
    cache_.Finish(question.key(), state, std::move(shared), expires);
  } else {
    cache_.Keep(question.key(), std::move(shared), expires);
  }
}

void CaresResolver::Count(Status status) {
  if (status == Status::kTimeout) timeouts_.fetch_add(1, std::memory_order_relaxed);
  if (status == Status::kServFail) failures_.fetch_add(1, std::memory_order_relaxed);
}

std::chrono::seconds CaresResolver::TimeToKeep(const Answer& answer) const {
  if (IsTransient(answer.status)) return options_.failure_ttl;
  const bool negative = IsNegative(answer.status);
  const auto least = negative ? options_.least_negative_ttl : options_.least_ttl;
  const auto most = negative ? options_.most_negative_ttl : options_.most_ttl;
  return std::max(least, std::min(answer.ttl, most));
}

ResolverCounters CaresResolver::Counters() const {
  const AnswerCache::Counts counts = cache_.Count();
  ResolverCounters counters;
  counters.overloaded = overloaded_.load(std::memory_order_relaxed);
  counters.bad_names = bad_names_.load(std::memory_order_relaxed);
  counters.cache_hits = counts.hits;
  counters.merged = counts.merged;
  counters.sent = counts.misses - std::min(counts.misses, counters.overloaded);
  counters.asked = counts.hits + counts.merged + counts.misses + counters.bad_names;
  counters.timeouts = timeouts_.load(std::memory_order_relaxed);
  counters.failures = failures_.load(std::memory_order_relaxed);
  counters.late = late_.load(std::memory_order_relaxed);
  counters.outstanding = outstanding_.load(std::memory_order_relaxed);
  counters.cache_entries = counts.entries;
  counters.cache_bytes = counts.bytes;
  return counters;
}

}  // namespace gatepost::dns
