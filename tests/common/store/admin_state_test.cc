#include "common/store/admin_state.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "common/store/keys.h"
#include "common/store/redis_store.h"
#include "tests/support/redis_server.h"
#include "tests/support/switched_store.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using support::SwitchedStore;
using testing::HasSubstr;
using namespace std::chrono_literals;

base::Deadline Soon() { return std::chrono::steady_clock::now() + 20s; }

class AdminStateTest : public testing::Test {
 protected:
  AdminStateTest() {
    std::string name = (std::filesystem::temp_directory_path() / "gatepost-admin-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~AdminStateTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "suspensions"; }
  // Refreshed by hand, unless a test wants otherwise.
  AdminState::Options Options() {
    AdminState::Options options{key_, file(), 1h};
    options.on_trouble = [this](const std::string& what) {
      const std::lock_guard lock(mutex_);
      troubles_.push_back(what);
    };
    return options;
  }
  std::vector<std::string> Troubles() const {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }
  std::string Content() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void Put(const std::string& content) const { std::ofstream(file(), std::ios::binary) << content; }

  const Key key_ = KeyMaker::Admin("suspensions");
  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::vector<std::string> troubles_;
  SwitchedStore store_;
};

TEST_F(AdminStateTest, AChangeHoldsHereAtOnceAndEverywhereAfterARefresh) {
  AdminState here(store_, Options());
  auto options = Options();
  options.file.clear();
  AdminState there(store_, options);
  ASSERT_TRUE(here.Set("eva", "stolen"));
  EXPECT_EQ(here.Find("eva"), "stolen");
  ASSERT_TRUE(here.Refresh());
  ASSERT_TRUE(there.Refresh());
  EXPECT_EQ(there.Find("eva"), "stolen");
  ASSERT_TRUE(there.Lift("eva"));
  EXPECT_EQ(there.Find("eva"), std::nullopt);
  ASSERT_TRUE(there.Refresh());
  ASSERT_TRUE(here.Refresh());
  EXPECT_EQ(here.Find("eva"), std::nullopt);
  EXPECT_TRUE(here.All()->empty());
  EXPECT_TRUE(Troubles().empty());
}

TEST_F(AdminStateTest, AnExchangeMeetsWhatTheStoreHasOrChangesNothing) {
  AdminState ours(store_, Options());
  AdminState theirs(store_, {key_, "", 1h});
  ASSERT_TRUE(ours.Set("eva", "old"));
  EXPECT_TRUE(ours.Exchange("eva", "old", "ours").value());  // tells what was not told yet
  EXPECT_EQ(ours.Find("eva"), "ours");
  EXPECT_FALSE(theirs.Exchange("eva", "old", "theirs").value());
  EXPECT_FALSE(theirs.Exchange("bob", "", "theirs").value());
  ASSERT_TRUE(theirs.Refresh());
  EXPECT_EQ(theirs.Find("eva"), "ours");
  EXPECT_TRUE(theirs.Exchange("eva", "ours", "theirs").value());
  ASSERT_TRUE(ours.Refresh());
  EXPECT_EQ(ours.Find("eva"), "theirs");
  EXPECT_EQ(ours.Exchange("!", "1 1", "2 2").error().kind, ErrorKind::kInvalid);
  store_.away = true;
  EXPECT_EQ(ours.Exchange("eva", "theirs", "x").error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(ours.Find("eva"), "theirs");
}

TEST_F(AdminStateTest, TheBackgroundThreadTellsTheStoreByItself) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Set("eva", "stolen"));
  const auto deadline = Soon();
  while (!store_.GetFields(key_, deadline)->contains("eva")) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

TEST_F(AdminStateTest, AsksAgainSoonWhereTheStoreWasAway) {
  store_.away = true;
  AdminState state(store_, Options());  // otherwise in an hour
  const auto deadline = Soon();
  while (store_.refused == 0) std::this_thread::yield();
  const int refused = store_.refused;
  ASSERT_TRUE(state.Set("eva", "stolen"));
  while (store_.refused == refused && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  store_.away = false;
  while (!store_.GetFields(key_, deadline)->contains("eva")) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

TEST_F(AdminStateTest, ARestartWithoutTheStoreForgetsNothing) {
  {
    AdminState state(store_, Options());
    ASSERT_TRUE(state.Set("eva", "stolen, \"really\"\n%\xff"));
    ASSERT_TRUE(state.Set("", "empty name"));
    ASSERT_TRUE(state.Refresh());
    store_.away = true;
    ASSERT_TRUE(state.Set("bob", ""));
    ASSERT_TRUE(state.Lift(""));
  }
  AdminState state(store_, Options());
  EXPECT_EQ(state.Find("eva"), "stolen, \"really\"\n%\xff");
  EXPECT_EQ(state.Find("bob"), "");
  EXPECT_EQ(state.Find(""), std::nullopt);
  EXPECT_EQ(state.Refresh().error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(state.Find("eva"), "stolen, \"really\"\n%\xff");
  store_.away = false;
  ASSERT_TRUE(state.Refresh());  // now the store learns what it missed
  EXPECT_TRUE(store_.GetFields(key_, Soon())->contains("bob"));
  EXPECT_FALSE(store_.GetFields(key_, Soon())->contains(""));
}

TEST_F(AdminStateTest, TheCopyIsForItsOwnerAlone) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Set("eva", "stolen"));
  ASSERT_TRUE(state.Refresh());
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(file().string() + ".new"));
}

TEST_F(AdminStateTest, AStoreThatLostItsStateIsToldItAgain) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Set("eva", "stolen"));
  ASSERT_TRUE(state.Refresh());
  ASSERT_TRUE(store_.Erase(key_, Soon()));
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.Find("eva"), "stolen");
  const FieldMap told = store_.GetFields(key_, Soon()).value();
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(told.at("eva"), "stolen");
  EXPECT_TRUE(AdminMark::Parse(told.at("!")));
  ASSERT_EQ(Troubles().size(), 1U);
  EXPECT_THAT(Troubles()[0], HasSubstr("lost 1 entries"));
}

TEST_F(AdminStateTest, ANewcomerThatMarksALostStateHidesNothing) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Set("eva", "stolen"));
  ASSERT_TRUE(state.Refresh());
  ASSERT_TRUE(store_.Erase(key_, Soon()));
  {
    auto options = Options();
    options.file.clear();
    AdminState newcomer(store_, options);
    ASSERT_TRUE(newcomer.Set("bob", "unpaid"));
    ASSERT_TRUE(newcomer.Refresh());
  }
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.Find("bob"), "unpaid");
  EXPECT_EQ(state.Find("eva"), "stolen");
  EXPECT_TRUE(store_.GetFields(key_, Soon())->contains("eva"));
  ASSERT_TRUE(store_.EraseField(key_, "eva", Soon()));  // lifted now, and not lost again
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.Find("eva"), std::nullopt);
}

TEST_F(AdminStateTest, ACopyKnowsWhichStateItWasTakenFrom) {
  {
    AdminState state(store_, Options());
    ASSERT_TRUE(state.Set("eva", "stolen"));
    ASSERT_TRUE(state.Set("bob", "unpaid"));
    ASSERT_TRUE(state.Refresh());
  }
  ASSERT_TRUE(store_.EraseField(key_, "eva", Soon()));  // lifted while this host was away
  {
    AdminState state(store_, Options());
    ASSERT_TRUE(state.Refresh());
    EXPECT_EQ(state.Find("eva"), std::nullopt);
    EXPECT_EQ(state.All()->size(), 1U);
  }
  ASSERT_TRUE(store_.Erase(key_, Soon()));
  {
    auto options = Options();
    options.file.clear();
    AdminState newcomer(store_, options);
    ASSERT_TRUE(newcomer.Set("tim", "left"));
    ASSERT_TRUE(newcomer.Refresh());
  }
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.All()->size(), 2U);
}

TEST_F(AdminStateTest, ReadingAnEmptyStateWritesNothing) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Refresh());
  EXPECT_TRUE(store_.GetFields(key_, Soon())->empty());
}

TEST_F(AdminStateTest, WhatIsLiftedElsewhereIsNotTakenForLost) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Set("eva", "stolen"));
  ASSERT_TRUE(state.Refresh());
  ASSERT_TRUE(store_.EraseField(key_, "eva", Soon()));
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.Find("eva"), std::nullopt);
  EXPECT_TRUE(Troubles().empty());
}

TEST_F(AdminStateTest, WhatDidNotChangeIsNotReadAgain) {
  AdminState here(store_, Options());
  ASSERT_TRUE(here.Set("eva", "stolen"));
  ASSERT_TRUE(here.Refresh());
  ASSERT_TRUE(here.Refresh());
  const int reads = store_.whole_reads;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(here.Refresh());
  EXPECT_EQ(store_.whole_reads, reads);
  ASSERT_TRUE(store_.SetField(key_, "bob", "by hand", Soon()));
  ASSERT_TRUE(here.Refresh());
  EXPECT_EQ(here.Find("bob"), "by hand");
}

TEST_F(AdminStateTest, AValueThatWasReplacedElsewhereIsSeen) {
  auto options = Options();
  AdminState here(store_, options);
  options.file.clear();
  AdminState there(store_, options);
  ASSERT_TRUE(here.Set("eva", "slow"));
  ASSERT_TRUE(here.Refresh());
  ASSERT_TRUE(there.Refresh());
  ASSERT_TRUE(there.Set("eva", "stolen"));
  ASSERT_TRUE(there.Refresh());
  ASSERT_TRUE(here.Refresh());
  EXPECT_EQ(here.Find("eva"), "stolen");
}

TEST_F(AdminStateTest, AllIsReadNowAndThenEvenSo) {
  auto options = Options();
  options.reread = 0ms;
  AdminState state(store_, options);
  ASSERT_TRUE(state.Set("eva", "slow"));
  ASSERT_TRUE(state.Refresh());
  ASSERT_TRUE(store_.SetField(key_, "eva", "stolen", Soon()));
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.Find("eva"), "stolen");
}

TEST_F(AdminStateTest, ADamagedMarkHidesNothing) {
  AdminState state(store_, Options());
  ASSERT_TRUE(state.Refresh());
  for (const char* mark : {"", "x", "-1", "1e3", "99999999999999999999"}) {
    for (const char* value : {"slow", "stolen"}) {
      ASSERT_TRUE(store_.SetField(key_, "!", mark, Soon()));
      ASSERT_TRUE(store_.SetField(key_, "eva", value, Soon()));
      ASSERT_TRUE(state.Refresh());
      EXPECT_EQ(state.Find("eva"), value) << mark;
    }
  }
}

TEST_F(AdminStateTest, ThousandsAreToldAndRestored) {
  AdminState state(store_, Options());
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(state.Set("user" + std::to_string(i), "x"));
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(store_.GetFields(key_, Soon())->size(), 1'001U);
  ASSERT_TRUE(store_.Erase(key_, Soon()));
  ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(store_.GetFields(key_, Soon())->size(), 1'001U);
}

TEST_F(AdminStateTest, EachNewStateIsTold) {
  std::vector<FieldMap> states;  // one at a time, as the header says
  auto options = Options();
  options.on_change = [&](const FieldMap& state) { states.push_back(state); };
  {
    AdminState state(store_, options);
    ASSERT_TRUE(state.Refresh());  // so that the thread rests
    ASSERT_TRUE(state.Set("eva", "stolen"));
    ASSERT_TRUE(state.Refresh());
    ASSERT_TRUE(state.Lift("eva"));
  }
  ASSERT_FALSE(states.empty());
  EXPECT_THAT(states, testing::Contains(FieldMap{{"eva", "stolen"}}));
  EXPECT_TRUE(states.back().empty());
}

TEST_F(AdminStateTest, ADamagedCopyIsReportedAndSetAside) {
  {
    AdminState state(store_, Options());
    ASSERT_TRUE(state.Set("eva", "stolen"));
    ASSERT_TRUE(state.Refresh());
  }
  const std::string whole = Content();
  store_.away = true;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    for (const std::string& content : {whole.substr(0, i), damaged}) {
      Put(content);
      troubles_.clear();
      AdminState state(store_, Options());
      EXPECT_EQ(state.Find("eva"), std::nullopt) << content;
      EXPECT_EQ(Troubles().size(), 1U) << content;
      EXPECT_TRUE(std::filesystem::exists(file().string() + ".damaged"));
      std::filesystem::remove(file().string() + ".damaged");
    }
  }
}

TEST_F(AdminStateTest, ALinkInThePlaceOfTheCopyIsNotFollowed) {
  std::filesystem::create_symlink("/etc/passwd", file());
  store_.away = true;
  const AdminState state(store_, Options());
  EXPECT_TRUE(state.All()->empty());
  EXPECT_EQ(Troubles().size(), 1U);
}

TEST_F(AdminStateTest, ACopyThatCannotBeWrittenIsToldOnce) {
  auto options = Options();
  options.file = folder_ / "missing" / "suspensions";
  AdminState state(store_, options);
  ASSERT_TRUE(state.Set("eva", "stolen"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(state.Refresh());
  EXPECT_EQ(state.Find("eva"), "stolen");
  EXPECT_EQ(Troubles().size(), 1U);
}

TEST_F(AdminStateTest, NamesAndSizesAreBounded) {
  AdminState state(store_, Options());
  EXPECT_EQ(state.Set("!", "x").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(state.Set(std::string(5'000, 'x'), "").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(state.Set("x", std::string(5'000, 'x')).error().kind, ErrorKind::kInvalid);
}

TEST_F(AdminStateTest, LooksUpFromManyThreadsWhileItChanges) {
  AdminState state(store_, Options());
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto value = state.Find("eva");
        EXPECT_TRUE(!value || value == "stolen");
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(state.Set("eva", "stolen"));
    ASSERT_TRUE(state.Refresh());
    ASSERT_TRUE(state.Lift("eva"));
  }
  done = true;
  for (auto& reader : readers) reader.join();
}

TEST_F(AdminStateTest, SurvivesARedisThatRestartsEmpty) {
  support::RedisServer server;
  RedisStore redis(
      RedisOptions{*RedisAddress::Parse(server.url()), {}, {10s, 10s, 1s, 20ms, 100ms}, {}});
  redis.WaitForFirstState(Soon());
  auto options = Options();
  options.refresh = 5ms;
  AdminState state(redis, options);
  ASSERT_TRUE(state.Set("eva", "stolen"));
  ASSERT_TRUE(state.Refresh());
  server.Kill();
  EXPECT_EQ(state.Find("eva"), "stolen");
  server.Start();
  const auto deadline = Soon() + 10s;
  while (server.Command({"HGET", key_.text(), "eva"}) != "$6\r\nstolen\r\n") {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(state.Find("eva"), "stolen");
}

}  // namespace
}  // namespace gatepost::store
