// The rights that the manual asks for are those that the store needs: all scripts and calls of the
// other tests run with them (script_peers.h, store_test.cc), and here is what must fail.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "common/store/keys.h"
#include "common/store/redis_store.h"
#include "tests/common/store/documented_user.h"
#include "tests/common/store/store_states.h"
#include "tests/support/redis_server.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

base::Deadline Soon() { return steady_clock::now() + 10s; }

// In upper case.
std::set<std::string> CommandsOfScripts() {
  std::set<std::string> commands;
  const std::regex call(R"(\bp?call\(['"]([A-Za-z]+))");
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(GATEPOST_SOURCE_DIR) + "/common/store")) {
    if (entry.path().extension() != ".lua") continue;
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    for (std::sregex_iterator it(text.begin(), text.end(), call), end; it != end; ++it) {
      commands.insert((*it)[1]);
    }
  }
  return commands;
}

TEST(RedisRights, AreThoseOfTheCommandsThatTheStoreUses) {
  std::set<std::string> used = CommandsOfScripts();
  used.insert({"PING", "SELECT", "ROLE", "SET", "GET", "DEL", "XADD", "PEXPIRE", "XREVRANGE",
               "HSET", "HDEL", "HGETALL", "SCAN", "EVAL", "EVALSHA", "RPUSH", "LTRIM", "LRANGE"});
  std::set<std::string> documented;
  for (std::string right : DocumentedRights()) {
    if (!right.starts_with('+')) continue;
    std::transform(right.begin(), right.end(), right.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    documented.insert(right.substr(1));
  }
  EXPECT_EQ(documented, used) << "store.username in common/config/site_options.cc names them";
}

class RedisRightsTest : public testing::Test {
 protected:
  RedisStore& Open(const std::vector<std::string>& rights) {
    std::vector<std::string> options{"--user", "eva", "on", ">word", "-@all"};
    options.insert(options.end(), rights.begin(), rights.end());
    server_ = std::make_unique<support::RedisServer>(options);
    store_ = std::make_unique<RedisStore>(
        RedisOptions{*RedisAddress::Parse(server_->url()), DocumentedLogin(), PatientTimes(),
                     states_.Listener(), nullptr, warnings_.Listener()});
    store_->WaitForFirstState(Soon());
    return *store_;
  }
  States states_;
  Warnings warnings_;
  std::unique_ptr<support::RedisServer> server_;
  std::unique_ptr<RedisStore> store_;
};

TEST_F(RedisRightsTest, AMissingCommandIsToldOnceAConnectionAndTheOthersGoOn) {
  RedisStore& store = Open({"~gp:*", "+set", "+get"});
  const Key key = KeyMaker::Admin("suspensions");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(store.SetField(key, "eva", "stolen", Soon()).error().kind, ErrorKind::kPermission);
    EXPECT_EQ(store.Increment(key, 1, 1min, Soon()).error().kind, ErrorKind::kPermission);
  }
  EXPECT_TRUE(store.Set(key, "x", 1min, Soon()));
  EXPECT_THAT(states_.All(), ElementsAre(Health::kUp));
  EXPECT_THAT(warnings_.All(), ElementsAre(HasSubstr("'hset'"), HasSubstr("'evalsha'")));
}

TEST_F(RedisRightsTest, AScriptThatMayNotDoItsWorkIsToldToo) {
  RedisStore& store = Open({"~gp:*", "+set", "+eval", "+evalsha"});
  const Key key = KeyMaker::Counter("test", "calls", 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(store.Increment(key, 1, 1min, Soon()).error().kind, ErrorKind::kPermission);
  }
  EXPECT_THAT(warnings_.All(), testing::Contains(HasSubstr("executing the script can't run")));
  EXPECT_LE(warnings_.All().size(), 2U);  // by EVAL and by EVALSHA
}

TEST_F(RedisRightsTest, WithoutTheRightToOurKeysItIsDown) {
  EXPECT_EQ(Open({"~other:*", "+@all"}).health(), Health::kDown);
  EXPECT_THAT(states_.LastReason(), HasSubstr("NOPERM"));
}

}  // namespace
}  // namespace gatepost::store
