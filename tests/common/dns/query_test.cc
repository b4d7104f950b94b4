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

}  // namespace
}  // namespace gatepost::dns
