#include "common/dns/task.h"

#include <deque>

#include "common/dns/query.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::dns {
namespace {

using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 1ms; }
base::Deadline Later() { return std::chrono::steady_clock::now() + 60s; }

// Answers when the test says so.
class SlowResolver final : public Resolver {
 public:
  Query Ask(std::string_view name, RecordType) override {
    asked.emplace_back(name);
    states.push_back(std::make_shared<Query::State>());
    return Query(states.back());
  }
  void Answer(std::size_t index, std::string text) {
    dns::Answer answer;
    answer.status = Status::kOk;
    answer.records.push_back({std::move(text), {}, 0});
    states[index]->Complete(std::make_shared<const dns::Answer>(std::move(answer)));
  }

  std::vector<std::string> asked;
  std::deque<std::shared_ptr<Query::State>> states;
};

// Follows a chain of names until one has no answer, as an SPF redirect would.
class Chain final : public Task {
 public:
  explicit Chain(Resolver& resolver, std::size_t max = 10) : Task(resolver, max) {}
  int evaluations = 0;
  std::vector<std::string> names;
  Status end = Status::kOk;

 private:
  bool Evaluate() override {
    ++evaluations;
    names = {"start"};
    while (true) {
      const AnswerPtr answer = Find(names.back(), RecordType::kTxt);
      if (!answer) return false;
      end = answer->status;
      if (end != Status::kOk || answer->records[0].text.empty()) return true;
      names.push_back(answer->records[0].text);
    }
  }
};

TEST(Task, GoesOnWhereTheAnswersAllow) {
  SlowResolver resolver;
  Chain chain(resolver);
  EXPECT_FALSE(chain.Advance());
  resolver.Answer(0, "second");
  EXPECT_FALSE(chain.Advance());
  resolver.Answer(1, "");
  EXPECT_TRUE(chain.Advance());
  EXPECT_EQ(chain.names, (std::vector<std::string>{"start", "second"}));
  EXPECT_EQ(resolver.asked, chain.names) << "each name is asked once";
}

TEST(Task, DoesNotEvaluateWhileNothingCame) {
  SlowResolver resolver;
  Chain chain(resolver);
  for (int i = 0; i < 5; ++i) chain.Advance();
  EXPECT_EQ(chain.evaluations, 1);
}

TEST(Task, GivingUpTurnsWhatIsMissingIntoATimeout) {
  SlowResolver resolver;
  Chain chain(resolver);
  chain.Advance();
  resolver.Answer(0, "second");
  chain.GiveUp();
  EXPECT_TRUE(chain.done());
  EXPECT_EQ(chain.end, Status::kTimeout);
  EXPECT_EQ(resolver.asked.size(), 1U) << "nobody would read further answers";
}

TEST(Task, TooManyQuestionsAreNotAsked) {
  SlowResolver resolver;
  Chain chain(resolver, 1);
  chain.Advance();
  resolver.Answer(0, "second");
  EXPECT_TRUE(chain.Advance());
  EXPECT_EQ(resolver.asked.size(), 1U);
}

TEST(Task, FinishingAdvancesAllThatWait) {
  SlowResolver resolver;
  Chain one(resolver);
  Chain two(resolver);
  const std::vector<Task*> tasks{&one, nullptr, &two};
  one.Advance();
  two.Advance();
  resolver.Answer(1, "");
  resolver.Answer(0, "");
  Finish(tasks, Later());
  EXPECT_TRUE(one.done() && two.done());
}

TEST(Task, FinishingEndsAtTheDeadline) {
  SlowResolver resolver;
  Chain chain(resolver);
  const std::vector<Task*> tasks{&chain};
  Finish(tasks, Soon());
  EXPECT_TRUE(chain.done());
  EXPECT_EQ(chain.end, Status::kTimeout);
}

}  // namespace
}  // namespace gatepost::dns
