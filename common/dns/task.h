// Work that needs DNS answers which depend on each other: an SPF check, a tree walk, a forward-
// confirmed name. A task never waits. It is advanced whenever its owner has a moment, and evaluates
// anew from the start until every answer that it needs is there; so an evaluation reads like plain
// code, and many tasks of one message wait together. Not thread-safe; belongs to one message.
//
//   bool ForwardConfirmedName::Evaluate() {
//     const AnswerPtr names = Find(reverse_name_, RecordType::kPtr);
//     if (!names) return false;                       // under way: called again later
//     ...
//   }
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/dns/resolver.h"

namespace gatepost::dns {

class Task {
 public:
  // Over `max_questions` different questions every further one is answered with kOverloaded.
  Task(Resolver& resolver, std::size_t max_questions)
      : resolver_(resolver), max_questions_(max_questions) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Goes as far as the answers allow; does nothing while none of those it waits for has come. True
  // when the result stands.
  bool Advance();
  // From now on what is not answered counts as kTimeout; the result stands afterwards.
  void GiveUp();
  bool done() const { return done_; }
  // The questions that the last evaluation missed.
  const std::vector<Query>& pending() const { return pending_; }
  std::size_t questions_asked() const { return queries_.size(); }

 protected:
  // The whole evaluation from its start, with the same outcome for the same answers. True when it
  // came to its end without an answer missing.
  virtual bool Evaluate() = 0;
  // The answer, or nullptr while it is under way: then Evaluate is called again when one came. Asks
  // once per name and type. The answer lives as long as the task.
  AnswerPtr Find(std::string_view name, RecordType type);
  // Asks early for what Find will want later.
  void Prefetch(std::string_view name, RecordType type);

 private:
  using Question = std::pair<std::string, RecordType>;
  const Query& Ask(std::string_view name, RecordType type);

  Resolver& resolver_;
  const std::size_t max_questions_;
  std::map<Question, Query> queries_;
  std::vector<Query> pending_;
  bool gave_up_ = false;
  bool done_ = false;
};

// Advances all until each is done, or the deadline has come: then those left give up. Null pointers
// are passed over.
void Finish(std::span<Task* const> tasks, base::Deadline deadline);

}  // namespace gatepost::dns
