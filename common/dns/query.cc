#include "common/dns/query.h"

#include <array>

namespace gatepost::dns {

void Query::State::Complete(AnswerPtr answer) {
  {
    const std::lock_guard lock(mutex_);
    if (Ready()) return;
    answer_ = std::move(answer);
    ready_.store(true, std::memory_order_release);
  }
  arrived_.notify_all();
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
