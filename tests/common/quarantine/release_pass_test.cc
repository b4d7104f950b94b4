#include "common/quarantine/release_pass.h"

#include "tests/support/switched_store.h"

namespace gatepost::quarantine {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSecret = "a secret of the tests";
constexpr const char* kBob = "bob@example.org";
const base::WallTime kNow(1'763'793'600s);

ReleasePass Example() { return {"mail.example.org", "4XyZ0123", kBob, kNow + kPassLife}; }

class ReleasePassTest : public testing::Test {
 protected:
  tl::expected<ReleasePass, PassError> Use(const std::string& value,
                                           const std::string& recipient = kBob,
                                           base::WallTime now = kNow,
                                           const std::string& secret = kSecret) {
    return UsePass(secret, {value, recipient, digest_}, now, store_,
                   std::chrono::steady_clock::now() + 5s);
  }
  std::string digest_ = std::string(32, 'd');
  support::SwitchedStore store_;
};

TEST_F(ReleasePassTest, IsGoodForOneCopy) {
  const std::string pass = MakePass(kSecret, Example());
  EXPECT_TRUE(pass.starts_with("v1:1763797200:4XyZ0123:mail.example.org:")) << pass;
  const auto used = Use(" " + pass + "\r\n", "Bob@Example.org");
  ASSERT_TRUE(used) << used.error().message;
  EXPECT_EQ(used->host, "mail.example.org");
  EXPECT_EQ(used->queue_id, "4XyZ0123");
  digest_ = "another message";
  const auto again = Use(pass);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, PassFault::kSpent);
}

TEST_F(ReleasePassTest, IsGoodAgainForTheSameCopyAsLongAsItLives) {
  const std::string pass = MakePass(kSecret, Example());
  ASSERT_TRUE(Use(pass));
  for (const auto later : {1s, 30s, 3'599s}) EXPECT_TRUE(Use(pass, kBob, kNow + later));
  EXPECT_FALSE(Use(pass, kBob, kNow + kPassLife));
  EXPECT_FALSE(Use(pass, "alice@example.org"));
  digest_ = "another message";
  EXPECT_FALSE(Use(pass));
}

TEST_F(ReleasePassTest, IsForOneRecipientAndOneTime) {
  const std::string pass = MakePass(kSecret, Example());
  for (const auto& refused :
       {Use(pass, "alice@example.org"), Use(pass, ""),
        Use(pass, kBob, kNow, "another secret of ours"), Use(pass, kBob, kNow, "")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, PassFault::kForeign);
  }
  for (const base::WallTime at : {kNow + kPassLife, kNow + 30 * 24h, kNow - 30 * 24h}) {
    const auto refused = Use(pass, kBob, at);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, PassFault::kSpent);
  }
  EXPECT_TRUE(Use(pass, kBob, kNow + kPassLife - 1s));
}

TEST_F(ReleasePassTest, NoByteOfItCanBeChanged) {
  const std::string pass = MakePass(kSecret, Example());
  for (std::size_t i = 0; i < pass.size(); ++i) {
    std::string changed = pass;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(Use(changed)) << changed;
    EXPECT_FALSE(Use(pass.substr(0, i)));
  }
  for (const std::string& other : {pass + "0", pass + ":", "x" + pass, std::string(5'000, ':')}) {
    EXPECT_FALSE(Use(other)) << other;
  }
  EXPECT_TRUE(Use(pass));
}

TEST_F(ReleasePassTest, WithoutTheStoreNothingPasses) {
  const std::string pass = MakePass(kSecret, Example());
  store_.away = true;
  for (const auto kind : {base::ErrorKind::kUnavailable, base::ErrorKind::kLimit,
                          base::ErrorKind::kPermission, base::ErrorKind::kInvalid}) {
    store_.away_as = kind;
    const auto refused = Use(pass);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, PassFault::kUnknown);
  }
  store_.away = false;
  EXPECT_TRUE(Use(pass));
}

}  // namespace
}  // namespace gatepost::quarantine
