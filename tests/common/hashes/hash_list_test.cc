#include "common/hashes/hash_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "tests/common/config/temporary_folder.h"

namespace gatepost::hashes {
namespace {

using namespace std::chrono_literals;

const std::string kHash(64, 'a');
const std::string kOther(64, 'b');
constexpr base::WallTime kNow(1'700'000'000s);

TEST(HashListTest, HashesHaveOneSpelling) {
  EXPECT_EQ(ParseSha256(std::string(64, 'A')).value(), kHash);
  for (const std::string& text : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                  std::string(63, 'a') + "g", "0x" + std::string(62, 'a')}) {
    EXPECT_FALSE(ParseSha256(text)) << text;
  }
}

TEST(HashListTest, AnEntryIsOneLine) {
  const ListedHash entry{kNow, "eva", "seen in May: a b"};
  EXPECT_EQ(entry.Format(), "1700000000 eva seen in May: a b");
  EXPECT_EQ(ListedHash::Parse(entry.Format()).value(), entry);
  const ListedHash rough{kNow, "a b\n", "x\ny" + std::string(2'000, 'z')};
  const ListedHash read = ListedHash::Parse(rough.Format()).value();
  EXPECT_EQ(read.by, "a_b_");
  EXPECT_EQ(read.why.size(), 512U);
  EXPECT_EQ(read.why.substr(0, 3), "x y");
  EXPECT_EQ(ListedHash::Parse(ListedHash{kNow, "", ""}.Format()).value().by, "-");
  for (const char* const text : {"", "x", "1 ", "1 eva", "-1 eva x", "99999999999 eva x",
                                 "1700000000 eva a\tb", "0001 eva x", "1700000000  x"}) {
    EXPECT_FALSE(ListedHash::Parse(text)) << text;
  }
}

TEST(HashListTest, IsToldToAllHosts) {
  const base::ManualClock clock;
  store::MemoryStore store(clock);
  HashList here(store, {});
  HashList there(store, {});
  EXPECT_TRUE(here.empty());
  ASSERT_TRUE(here.Add(kHash, {kNow, "eva", "a trojan"}));
  EXPECT_TRUE(here.Has(kHash));
  EXPECT_FALSE(here.empty());
  ASSERT_TRUE(here.Refresh());
  ASSERT_TRUE(there.Refresh());
  EXPECT_TRUE(there.Has(kHash));
  EXPECT_FALSE(there.Has(kOther));
  ASSERT_EQ(there.All().size(), 1U);
  EXPECT_EQ(there.All()[0].second.why, "a trojan");
  ASSERT_TRUE(there.Remove(kHash));
  ASSERT_TRUE(there.Refresh());
  ASSERT_TRUE(here.Refresh());
  EXPECT_TRUE(here.empty());
  EXPECT_FALSE(here.Add("no hash", {}));
}

TEST(HashListTest, ACopySurvivesWithoutTheStore) {
  const config::TemporaryFolder folder;
  const base::ManualClock clock;
  const HashList::Options options{.file = folder.Path("hashes")};
  {
    store::MemoryStore store(clock);
    HashList list(store, options);
    ASSERT_TRUE(list.Add(kHash, {kNow, "eva", "x"}));
    ASSERT_TRUE(list.Refresh());
  }
  store::MemoryStore empty(clock);
  EXPECT_TRUE(HashList(empty, options).Has(kHash));
}

TEST(HashListTest, AnEntryThatCannotBeReadCounts) {
  const base::ManualClock clock;
  store::MemoryStore store(clock);
  ASSERT_TRUE(store.SetField(store::KeyMaker::Admin("attachment-hashes"), kHash, "",
                             base::Deadline::max()));
  HashList list(store, {});
  ASSERT_TRUE(list.Refresh());
  EXPECT_TRUE(list.Has(kHash));
  EXPECT_EQ(list.All().at(0).second.by, "unknown");
}

}  // namespace
}  // namespace gatepost::hashes
