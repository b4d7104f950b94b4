#include "common/dns/task.h"

#include <algorithm>

#include "common/base/strings.h"
#include "common/dns/query.h"

namespace gatepost::dns {

bool Task::Advance() {
  if (done_) return true;
  if (!pending_.empty() && std::ranges::none_of(pending_, &Query::Ready)) return false;
  pending_.clear();
  done_ = Evaluate();
  return done_;
}

void Task::GiveUp() {
  if (done_) return;
  gave_up_ = true;
  pending_.clear();
  Evaluate();
  done_ = true;
}

AnswerPtr Task::Find(std::string_view name, RecordType type) {
  const Query& query = Ask(name, type);
  AnswerPtr answer = query.Peek();
  if (!answer && gave_up_) return FailedAnswer(Status::kTimeout);
  if (!answer) pending_.push_back(query);
  return answer;
}

void Task::Prefetch(std::string_view name, RecordType type) { Ask(name, type); }

const Query& Task::Ask(std::string_view name, RecordType type) {
  static const Query kRefused = Query::Answered(FailedAnswer(Status::kOverloaded));
  static const Query kTooLate = Query::Answered(FailedAnswer(Status::kTimeout));
  Question question(base::ToLower(name), type);
  if (const auto known = queries_.find(question); known != queries_.end()) return known->second;
  if (gave_up_) return kTooLate;
  if (queries_.size() >= max_questions_) return kRefused;
  return queries_.emplace(std::move(question), resolver_.Ask(name, type)).first->second;
}

void Finish(std::span<Task* const> tasks, base::Deadline deadline) {
  while (true) {
    std::vector<Query> pending;
    for (Task* const task : tasks) {
      if (task == nullptr || task->Advance()) continue;
      pending.insert(pending.end(), task->pending().begin(), task->pending().end());
    }
    if (pending.empty()) return;
    if (std::chrono::steady_clock::now() >= deadline) break;
    Query::WaitForAny(pending, deadline);
  }
  for (Task* const task : tasks) {
    if (task != nullptr) task->GiveUp();
  }
}

}  // namespace gatepost::dns
