// admin_change.lua and admin_version.lua, and their C++ forms.
#include "common/store/keys.h"
#include "tests/common/store/script_peers.h"

namespace gatepost::store {
namespace {

using Numbers = std::vector<std::int64_t>;

class AdminScripts : public ScriptPeers {
 protected:
  Numbers RunOnBoth(const Script& script, const std::vector<std::string>& arguments) {
    const auto on_redis = redis_.Run(script, {&key_, 1}, arguments, Soon()).value();
    EXPECT_EQ(memory_.Run(script, {&key_, 1}, arguments, Soon()).value(), on_redis);
    return on_redis;
  }
  Numbers Change(const std::vector<std::string>& arguments) {
    return RunOnBoth(scripts::kAdminChange, arguments);
  }
  // The contents of both, but for the time in the mark.
  FieldMap Contents() {
    FieldMap contents = redis_.GetFields(key_, Soon()).value();
    FieldMap in_memory = memory_.GetFields(key_, Soon()).value();
    EXPECT_EQ(contents.erase("!"), in_memory.erase("!"));
    EXPECT_EQ(contents, in_memory);
    return contents;
  }
  void PutMark(const std::string& mark) {
    ASSERT_TRUE(redis_.SetField(key_, "!", mark, Soon()));
    ASSERT_TRUE(memory_.SetField(key_, "!", mark, Soon()));
  }

  const Key key_ = KeyMaker::Admin("suspensions");
};

TEST_F(AdminScripts, AChangeDoesNotMarkAStateThatIsNotWhole) {
  EXPECT_EQ(Change({"", "set", "eva", "stolen", "set", "bob", ""}), Numbers{0});
  EXPECT_EQ(Contents(), (FieldMap{{"bob", ""}, {"eva", "stolen"}}));
  EXPECT_EQ(RunOnBoth(scripts::kAdminVersion, {}), (Numbers{0, 0, 2}));
  EXPECT_EQ(Change({"", "lift", "eva", "", "lift", "bob", "", "lift", "nobody", ""}), Numbers{0});
  EXPECT_EQ(RunOnBoth(scripts::kAdminVersion, {}), (Numbers{0, 0, 0}));
}

TEST_F(AdminScripts, EveryChangeOfAMarkedStateIsANewVersionOfItsGeneration) {
  for (Store* store : std::array<Store*, 2>{&redis_, &memory_}) {
    const std::array<std::string, 1> mark{"77"};
    const auto generation = store->Run(scripts::kAdminChange, {&key_, 1}, mark, Soon()).value();
    EXPECT_EQ(generation, Numbers{77});
    std::int64_t last = 1'600'000'000'000;
    for (int i = 0; i < 20; ++i) {
      const std::array<std::string, 4> change{"", "set", "eva", std::to_string(i % 2)};
      EXPECT_EQ(store->Run(scripts::kAdminChange, {&key_, 1}, change, Soon()).value(), generation);
      const auto version = store->Run(scripts::kAdminVersion, {&key_, 1}, {}, Soon()).value();
      EXPECT_GT(version[0], last);
      EXPECT_EQ(version[1], 77);
      EXPECT_EQ(version[2], 2);
      last = version[0];
    }
    const std::array<std::string, 1> another{"78"};
    EXPECT_EQ(store->Run(scripts::kAdminChange, {&key_, 1}, another, Soon()).value(), generation);
  }
}

TEST_F(AdminScripts, WhatIsNotAsExpectedIsNotChanged) {
  EXPECT_EQ(Change({"", "expect", "eva", "", "set", "eva", "new"}), Numbers{-1});
  EXPECT_EQ(Contents(), FieldMap{});
  EXPECT_EQ(Change({"7", "set", "eva", "old", "set", "bob", ""}), Numbers{7});
  EXPECT_EQ(Change({"", "expect", "eva", "other", "set", "eva", "new"}), Numbers{-1});
  EXPECT_EQ(Change({"", "set", "eva", "new", "lift", "bob", "", "expect", "eva", "new"}),
            Numbers{-1});
  EXPECT_EQ(Contents(), (FieldMap{{"bob", ""}, {"eva", "old"}}));
  EXPECT_EQ(Change({"", "expect", "eva", "old", "expect", "bob", "", "set", "eva", "new"}),
            Numbers{7});
  EXPECT_EQ(Contents(), (FieldMap{{"bob", ""}, {"eva", "new"}}));
}

TEST_F(AdminScripts, MarksThatAreNoneCountAsNone) {
  for (const char* mark : {"", "x", "1", "1 ", " 1", "-1 1", "1 -1", "+1 1", "1.5 1", "1e3 1",
                           "0x10 1", "1 1 1", "1  1", "1234567890123456 1", "1 1234567890123456"}) {
    PutMark(mark);
    EXPECT_EQ(RunOnBoth(scripts::kAdminVersion, {}), (Numbers{0, 0, 1})) << mark;
    EXPECT_EQ(Change({""}), Numbers{0}) << mark;
  }
  PutMark("999999999999998 1");  // ahead of the clock
  EXPECT_EQ(Change({""}), Numbers{1});
  EXPECT_EQ(RunOnBoth(scripts::kAdminVersion, {}), (Numbers{999'999'999'999'999, 1, 1}));
}

TEST_F(AdminScripts, AnotherTypeIsAnError) {
  ASSERT_TRUE(redis_.Set(key_, "text", std::chrono::seconds(60), Soon()));
  ASSERT_TRUE(memory_.Set(key_, "text", std::chrono::seconds(60), Soon()));
  for (Store* store : std::array<Store*, 2>{&redis_, &memory_}) {
    EXPECT_EQ(store->Run(scripts::kAdminVersion, {&key_, 1}, {}, Soon()).error().kind,
              base::ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace gatepost::store
