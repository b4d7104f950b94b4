// What is remembered of guesses, by the store in memory; the scripts behind it have tests of their
// own on both stores.
#include "tools/authpolicy/guess_memory.h"

#include "common/store/memory_store.h"

namespace gatepost::authpolicy {
namespace {

class GuessMemoryTest : public testing::Test {
 protected:
  static base::Deadline Soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(5);
  }
  static Guess At(const char* client, const char* pwhash,
                  const char* account = "alice@example.org") {
    return {account, *base::IpAddress::Parse(client), pwhash};
  }
  GuessMemory::Blocked Fail(const Guess& guess) {
    return memory_.AddFailure(guess, rules_, terms_, Soon());
  }
  GuessCounts Look(const char* client, const char* account = "alice@example.org") {
    return memory_.Look(At(client, "", account), Soon());
  }

  GuessMemoryTest() {
    rules_.address = {2, 4};
    rules_.account = {3, 6};
    rules_.network = {5, 9};
  }

  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  GuessMemory memory_{store_};
  GuessRules rules_;
  MemoryTerms terms_;
};

TEST_F(GuessMemoryTest, APhoneWithAnOldPasswordCountsOnce) {
  for (int i = 0; i < 50; ++i) Fail(At("192.0.2.1", "old"));
  const GuessCounts counts = Look("192.0.2.1");
  EXPECT_EQ(counts.account, 1);
  EXPECT_EQ(counts.address, 1);
  EXPECT_EQ(counts.network, 1);
  EXPECT_EQ(counts.place, 1);
}

TEST_F(GuessMemoryTest, WithoutAHashEachGuessCounts) {
  for (int i = 0; i < 3; ++i) Fail(At("192.0.2.1", ""));
  EXPECT_EQ(Look("192.0.2.1").address, 3);
}

TEST_F(GuessMemoryTest, TellsOnceWhoIsBlocked) {
  int addresses = 0;
  int accounts = 0;
  for (const char* password : {"1", "2", "3", "4", "4", "5", "6", "7", "7"}) {
    const auto blocked = Fail(At("192.0.2.1", password));
    addresses += blocked.address ? 1 : 0;
    accounts += blocked.account ? 1 : 0;
  }
  EXPECT_EQ(addresses, 1);
  EXPECT_EQ(accounts, 1);
}

TEST_F(GuessMemoryTest, ASuccessForgivesItsOwnersMistakesAndNobodyElses) {
  Fail(At("192.0.2.1", "typo"));
  Fail(At("198.51.100.9", "guess"));
  Fail(At("192.0.2.1", "guess", "bob@example.org"));
  memory_.AddSuccess(At("192.0.2.1", "right"), terms_, Soon());
  const GuessCounts own = Look("192.0.2.1");
  EXPECT_TRUE(own.known_place);
  EXPECT_EQ(own.place, 0);
  EXPECT_EQ(own.account, 1);
  EXPECT_EQ(own.address, 1);
  EXPECT_FALSE(Look("198.51.100.9").known_place);
  EXPECT_FALSE(Look("192.0.2.1", "bob@example.org").known_place);
}

TEST_F(GuessMemoryTest, KnowsAPlaceByItsNetwork) {
  memory_.AddSuccess(At("192.0.2.1", "right"), terms_, Soon());
  memory_.AddSuccess(At("2001:db8::1", "right"), terms_, Soon());
  EXPECT_TRUE(Look("192.0.2.200").known_place);
  EXPECT_TRUE(Look("2001:db8::ffff").known_place);
  EXPECT_FALSE(Look("192.0.3.1").known_place);
  EXPECT_FALSE(Look("2001:db8:0:1::1").known_place);
}

TEST_F(GuessMemoryTest, ForgetsAfterTheWindowAndAfterTheBlock) {
  terms_.window = std::chrono::minutes(10);
  terms_.block_time = std::chrono::minutes(60);
  for (const char* password : {"1", "2", "3", "4"}) Fail(At("192.0.2.1", password));
  clock_.Advance(std::chrono::minutes(11));
  EXPECT_EQ(Look("192.0.2.1").account, 0);
  EXPECT_EQ(Look("192.0.2.1").address, 4);
  clock_.Advance(std::chrono::minutes(50));
  EXPECT_EQ(Look("192.0.2.1").address, 0);
}

TEST_F(GuessMemoryTest, AClientOfIPv6IsItsSlash64) {
  Fail(At("2001:db8::1", "1"));
  Fail(At("2001:db8::2", "2"));
  EXPECT_EQ(Look("2001:db8::3").address, 2);
  EXPECT_EQ(Look("2001:db8:0:1::1").address, 0);
  EXPECT_EQ(Look("2001:db8:0:1::1").network, 2);
}

}  // namespace
}  // namespace gatepost::authpolicy
