// gatepost hashes, on a store in memory.
#include "tools/cli/hashes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "common/hashes/hash_list.h"
#include "common/store/memory_store.h"

namespace gatepost::cli {
namespace {

const std::string kHash(64, 'a');
constexpr std::array<std::string_view, 1> kOptions{"why"};

class HashesTest : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    out_.str("");
    Arguments arguments(words, kOptions);
    Context context{site_, store_, *names_, clock_, "ada", out_};
    return Hashes(context, arguments);
  }
  std::string Out() const { return out_.str(); }

  const config::SiteOptions site_;
  const base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  const std::shared_ptr<const accounts::AccountNames> names_ = accounts::AccountNames::Load({});
  std::ostringstream out_;
};

TEST_F(HashesTest, AFileIsPutOnTheListAndTakenOff) {
  EXPECT_EQ(Run({}), 0);
  EXPECT_EQ(Out(), "No file is on the list.\n");
  EXPECT_EQ(Run({"add", std::string(64, 'A'), "--why", "a trojan"}), 0);
  EXPECT_EQ(Out(), kHash + " is on the list, on every host within two seconds.\n");
  EXPECT_EQ(Run({"list"}), 0);
  EXPECT_EQ(Out(), kHash + "  since 2023-11-15 22:13:20  by ada  a trojan\n");
  hashes::HashList list(store_, {});
  ASSERT_TRUE(list.Refresh());
  EXPECT_TRUE(list.Has(kHash));
  EXPECT_EQ(Run({"remove", kHash}), 0);
  EXPECT_EQ(Out(), kHash + " is off the list, on every host within two seconds.\n");
  EXPECT_EQ(Run({"remove", kHash}), 1);
  EXPECT_EQ(Out(), kHash + " is not on the list.\n");
}

TEST_F(HashesTest, WrongWordsAreToldAndChangeNothing) {
  EXPECT_THROW(Run({"put", kHash}), UsageError);
  EXPECT_THROW(Run({"add"}), UsageError);
  EXPECT_THROW(Run({"add", "abc"}), UsageError);
  EXPECT_THROW(Run({"add", kHash, "more"}), UsageError);
  EXPECT_THROW(Run({"list", "more"}), UsageError);
  EXPECT_EQ(Run({}), 0);
  EXPECT_EQ(Out(), "No file is on the list.\n");
}

}  // namespace
}  // namespace gatepost::cli
