// The same file from many senders, on both stores.
#include "milters/attachments/outbreak.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "common/store/open.h"
#include "tests/support/redis_server.h"

namespace gatepost::attachments {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr OutbreakTerms kTerms{.senders = 3, .window = 1h, .lasts = 6h, .budget = 5s};
const std::string kFile(64, 'a');
const std::string kOther(64, 'b');

base::IpAddress Address(int network) {
  return base::IpAddress::Parse("192.0." + std::to_string(network) + ".7").value();
}
std::string Domain(int number) { return "d" + std::to_string(number) + ".example"; }

std::unique_ptr<store::Store> OpenRedis(const support::RedisServer& redis) {
  store::StoreOptions options;
  options.url = redis.url();
  return store::Open(options);
}

// The last of `count` messages, each from a domain and a network of its own.
Sighting NoteMany(const Outbreaks& outbreaks, int count) {
  Sighting last;
  for (int i = 0; i < count; ++i) {
    last = outbreaks.Note({kFile}, Domain(i), Address(i), base::Deadline::max()).value().at(0);
  }
  return last;
}

class OutbreakTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      redis_.emplace();
      shared_ = OpenRedis(*redis_);
    }
  }
  store::Store& store() { return GetParam() ? *shared_ : memory_; }

  base::ManualClock clock_;
  store::MemoryStore memory_{clock_};
  std::optional<support::RedisServer> redis_;
  std::unique_ptr<store::Store> shared_;
};
INSTANTIATE_TEST_SUITE_P(Stores, OutbreakTest, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Redis" : "Memory"; });

TEST_P(OutbreakTest, BeginsWithTheSenderThatIsOneTooMany) {
  const Outbreaks outbreaks(store(), kTerms);
  EXPECT_FALSE(NoteMany(outbreaks, 2).outbreak);
  const Sighting third = NoteMany(outbreaks, 3);
  EXPECT_TRUE(third.outbreak);
  EXPECT_TRUE(third.just_now);
  EXPECT_EQ(third.senders, 3);
  const Sighting again = NoteMany(outbreaks, 3);
  EXPECT_TRUE(again.outbreak);
  EXPECT_FALSE(again.just_now);
  EXPECT_EQ(NoteMany(outbreaks, 5).senders, 5);
  EXPECT_EQ(NoteMany(outbreaks, 40).senders, 12);
}

TEST_P(OutbreakTest, OneDomainOrOneNetworkIsOneSender) {
  const Outbreaks outbreaks(store(), kTerms);
  for (int i = 0; i < 10; ++i) {
    const auto deadline = base::Deadline::max();
    EXPECT_EQ(outbreaks.Note({kFile}, "one.example", Address(i), deadline).value()[0].senders, 1);
    EXPECT_EQ(outbreaks.Note({kOther}, Domain(i), Address(1), deadline).value()[0].senders, 1);
  }
}

TEST_P(OutbreakTest, EachFileOfAMessageIsCountedOnce) {
  const Outbreaks outbreaks(store(), kTerms);
  const auto seen =
      outbreaks.Note({kOther, "", kFile, kOther}, Domain(1), Address(1), base::Deadline::max())
          .value();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].sha256, kOther);
  EXPECT_EQ(seen[1].sha256, kFile);
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(std::to_string(i));
  EXPECT_EQ(outbreaks.Note(many, Domain(1), {}, base::Deadline::max()).value().size(),
            Outbreaks::kMostFiles);
}

TEST_P(OutbreakTest, BouncesCountForNothing) {
  const Outbreaks outbreaks(store(), kTerms);
  EXPECT_THAT(outbreaks.Note({kFile}, "", Address(1), base::Deadline::max()).value(), IsEmpty());
  EXPECT_EQ(NoteMany(outbreaks, 1).senders, 1);
}

TEST(OutbreakMemoryTest, IsForgottenAfterItsTime) {
  base::ManualClock clock;
  store::MemoryStore store(clock);
  const Outbreaks outbreaks(store, kTerms);
  NoteMany(outbreaks, 2);
  clock.Advance(61min);
  EXPECT_EQ(NoteMany(outbreaks, 1).senders, 1);
  NoteMany(outbreaks, 3);
  clock.Advance(5h);
  EXPECT_TRUE(NoteMany(outbreaks, 1).outbreak);
  clock.Advance(2h);
  EXPECT_FALSE(NoteMany(outbreaks, 1).outbreak);
}

TEST(OutbreakRedisTest, AStoreThatIsAwayIsAnErrorWithinTheBudget) {
  std::unique_ptr<store::Store> store;
  {
    const support::RedisServer redis;
    store = OpenRedis(redis);
  }
  const Outbreaks outbreaks(*store, {.budget = 20ms});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(outbreaks.Note({kFile}, Domain(1), Address(1), base::Deadline::max()));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(OutbreakKindsTest, PicturesAndTextsDoNotCount) {
  EXPECT_FALSE(Outbreaks::Counts(Kind::kMedia));
  EXPECT_FALSE(Outbreaks::Counts(Kind::kText));
  EXPECT_FALSE(Outbreaks::Counts(Kind::kMail));
  for (const Kind kind : {Kind::kUnknown, Kind::kExecutable, Kind::kScript, Kind::kShortcut,
                          Kind::kArchive, Kind::kDiskImage, Kind::kDocument}) {
    EXPECT_TRUE(Outbreaks::Counts(kind));
  }
}

}  // namespace
}  // namespace gatepost::attachments
