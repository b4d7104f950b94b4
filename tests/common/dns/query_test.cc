#include "common/dns/query.h"

#include <thread>

namespace gatepost::dns {
namespace {

AnswerPtr Some(Status status) { return FailedAnswer(status); }

TEST(Query, OnlyTheFirstAnswerCounts) {
  const auto state = std::make_shared<Query::State>();
  state->Complete(Some(Status::kNxDomain));
  state->Complete(Some(Status::kNoData));
  EXPECT_EQ(Query(state).Wait({})->status, Status::kNxDomain);
}

TEST(Query, WakesAllWhoWait) {
  const auto state = std::make_shared<Query::State>();
  std::vector<std::thread> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.emplace_back([query = Query(state)] {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      EXPECT_EQ(query.Wait(deadline)->status, Status::kNoData);
    });
  }
  state->Complete(Some(Status::kNoData));
  for (std::thread& thread : waiting) thread.join();
}

TEST(Query, AnAnsweredQueryNeedsNoTime) {
  const Query query = Query::Answered(Some(Status::kNoData));
  EXPECT_TRUE(query.Ready());
  EXPECT_EQ(query.Wait({})->status, Status::kNoData);
}

TEST(Query, PeekingNeverWaits) {
  const auto state = std::make_shared<Query::State>();
  EXPECT_EQ(Query(state).Peek(), nullptr);
  state->Complete(Some(Status::kNoData));
  EXPECT_EQ(Query(state).Peek()->status, Status::kNoData);
}

TEST(Query, WaitingForAnyEndsWithTheFirstAnswer) {
  const auto first = std::make_shared<Query::State>();
  const auto second = std::make_shared<Query::State>();
  const std::vector<Query> queries{Query(first), Query(second)};
  std::thread answering([&] { second->Complete(Some(Status::kNoData)); });
  Query::WaitForAny(queries, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  EXPECT_TRUE(queries[1].Ready());
  EXPECT_FALSE(queries[0].Ready());
  answering.join();
}

TEST(Query, WaitingForAnyEndsAtTheDeadline) {
  const std::vector<Query> queries{Query(std::make_shared<Query::State>())};
  Query::WaitForAny(queries, std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
  EXPECT_FALSE(queries[0].Ready());
  Query::WaitForAny({}, base::Deadline::max());
}

}  // namespace
}  // namespace gatepost::dns
