#include "common/base/lru_cache.h"

#include <string>

namespace gatepost::base {
namespace {

TEST(LruCache, ForgetsWhatWasUsedLongestAgo) {
  LruCache<int> cache(2);
  cache.Put("a", 1);
  cache.Put("b", 2);
  ASSERT_NE(cache.Find("a"), nullptr);
  cache.Put("c", 3);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_EQ(*cache.Find("a"), 1);
  EXPECT_EQ(*cache.Find("c"), 3);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(LruCache, PutReplacesAndEraseRemoves) {
  LruCache<std::string> cache(2);
  cache.Put("a", "old");
  cache.Put("a", "new");
  EXPECT_EQ(*cache.Find("a"), "new");
  cache.Erase("a");
  cache.Erase("never there");
  EXPECT_EQ(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace gatepost::base
