#include "common/dns/query.h"

#include <array>

namespace gatepost::dns {

void Query::State::Listener::Tell() {
  {
    const std::lock_guard lock(mutex_);
    is_told_ = true;
  }
  told_.notify_one();
}

void Query::State::Listener::Wait(base::Deadline deadline) {
  std::unique_lock lock(mutex_);
  told_.wait_until(lock, deadline, [this] { return is_told_; });
}

void Query::State::Complete(AnswerPtr answer) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    if (Ready()) return;
    answer_ = std::move(answer);
    ready_.store(true, std::memory_order_release);
    listeners.swap(listeners_);
  }
  arrived_.notify_all();
  for (const auto& listener : listeners) listener->Tell();
}

bool Query::State::Listen(const std::shared_ptr<Listener>& listener) {
  const std::lock_guard lock(mutex_);
  if (Ready()) return false;
  listeners_.push_back(listener);
  return true;
}

void Query::State::StopListening(const std::shared_ptr<Listener>& listener) {
  const std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
}

AnswerPtr Query::State::Wait(base::Deadline deadline) {
  if (Ready()) return answer_;  // no lock: the answers of the cache take this way
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_until(lock, deadline, [this] { return Ready(); })) {
    return FailedAnswer(Status::kTimeout);
  }
  return answer_;
}

Query Query::Answered(AnswerPtr answer) {
  return Query(std::make_shared<State>(std::move(answer)));
}

bool Query::Ready() const { return state_->Ready(); }

AnswerPtr Query::Wait(base::Deadline deadline) const { return state_->Wait(deadline); }

AnswerPtr Query::Peek() const { return Ready() ? state_->Wait(base::Deadline::min()) : nullptr; }

void Query::WaitForAny(std::span<const Query> queries, base::Deadline deadline) {
  const auto listener = std::make_shared<State::Listener>();
  std::size_t asked = 0;
  while (asked < queries.size() && queries[asked].state_->Listen(listener)) ++asked;
  if (asked == queries.size() && asked > 0) listener->Wait(deadline);
  for (const Query& query : queries.first(asked)) query.state_->StopListening(listener);
}

AnswerPtr FailedAnswer(Status status) {
  static const auto kAnswers = [] {
    std::array<AnswerPtr, static_cast<std::size_t>(Status::kBadName) + 1> answers;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      Answer answer;
      answer.status = static_cast<Status>(i);
      answers[i] = std::make_shared<const Answer>(std::move(answer));
    }
    return answers;
  }();
  return kAnswers[static_cast<std::size_t>(status)];
}

}  // namespace gatepost::dns
