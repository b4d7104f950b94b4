// report_add.lua, report_list.lua and report_forget.lua, and their C++ forms.
#include <random>

#include "common/store/keys.h"
#include "tests/common/store/script_peers.h"

namespace gatepost::store {
namespace {

using Numbers = std::vector<std::int64_t>;

class ReportScripts : public ScriptPeers {
 protected:
  // Runs on both, expects the same of both, and the same contents afterwards.
  Numbers RunOnBoth(const Script& script, std::vector<Key> keys,
                    const std::vector<std::string>& arguments) {
    const auto on_redis = redis_.Run(script, keys, arguments, Soon()).value();
    EXPECT_EQ(memory_.Run(script, keys, arguments, Soon()).value(), on_redis);
    for (const Key& key : keys) {
      EXPECT_EQ(memory_.GetFields(key, Soon()).value(), redis_.GetFields(key, Soon()).value());
    }
    return on_redis;
  }

  Numbers Add(const std::string& row, const std::string& addresses, int rows = 5, int bytes = 40,
              unsigned part = 0) {
    return RunOnBoth(scripts::kReportAdd,
                     {totals_, KeyMaker::ReportRows("example.org", 20'000, part)},
                     {row, addresses, std::to_string(rows), std::to_string(bytes), "60000"});
  }

  const Key totals_ = KeyMaker::Report("example.org", 20'000);
  const Key rows_ = KeyMaker::ReportRows("example.org", 20'000, 0);
  const Key list_ = KeyMaker::ReportDomains(20'000, 3);
};

TEST_F(ReportScripts, EqualRowsAreCountedAndTheLastAddressesStay) {
  EXPECT_EQ(Add("a", "x@example.org"), (Numbers{1, 1}));
  EXPECT_EQ(Add("a", "y@example.org"), (Numbers{1, 0}));
  EXPECT_EQ(redis_.GetFields(rows_, Soon()).value(), (FieldMap{{"a", "2"}}));
  EXPECT_EQ(redis_.GetFields(totals_, Soon()).value(),
            (FieldMap{{"addresses", "y@example.org"}, {"bytes", "1"}, {"rows", "1"}}));
  EXPECT_GT(RemainingMilliseconds(totals_), 0);
  EXPECT_GT(RemainingMilliseconds(rows_), 0);
}

TEST_F(ReportScripts, NewRowsBeyondTheBoundAreLeftOutAndOldOnesGoOnCounting) {
  EXPECT_EQ(Add("a", "", 2), (Numbers{1, 1}));
  EXPECT_EQ(Add("b", "", 2, 40, 1), (Numbers{1, 0}));
  EXPECT_EQ(Add("c", "", 2), (Numbers{0, 0}));
  EXPECT_EQ(Add("a", "", 2), (Numbers{1, 0}));
  EXPECT_EQ(redis_.GetFields(totals_, Soon()).value().at("left_out"), "1");
}

TEST_F(ReportScripts, BytesAreBoundedAsWell) {
  EXPECT_EQ(Add("12345678", "", 9, 10), (Numbers{1, 1}));
  EXPECT_EQ(Add("123", "", 9, 10), (Numbers{0, 0}));
  EXPECT_EQ(Add("12", "", 9, 10), (Numbers{1, 0}));
}

TEST_F(ReportScripts, AListTakesDomainsUpToItsBound) {
  const auto list = [&](const std::string& domain) {
    return RunOnBoth(scripts::kReportList, {list_}, {domain, "2", "60000"});
  };
  EXPECT_EQ(list("a.example"), (Numbers{1, 1}));
  EXPECT_EQ(list("b.example"), (Numbers{1, 1}));
  EXPECT_EQ(list("c.example"), (Numbers{0, 0}));
  EXPECT_EQ(list("a.example"), (Numbers{1, 0}));
  EXPECT_GT(RemainingMilliseconds(list_), 0);
}

TEST_F(ReportScripts, AllOfAReportGoesAtOnce) {
  Add("a", "");
  EXPECT_EQ(RunOnBoth(scripts::kReportForget, {totals_, rows_}, {}), Numbers{2});
  EXPECT_EQ(RunOnBoth(scripts::kReportForget, {totals_, rows_}, {}), Numbers{0});
}

TEST_F(ReportScripts, AReportBeginsAgainOnceItWasForgotten) {
  EXPECT_EQ(Add("a", "", 0), (Numbers{0, 1}));  // even with a row that is left out
  EXPECT_EQ(Add("a", ""), (Numbers{1, 0}));
  RunOnBoth(scripts::kReportForget, {totals_, rows_}, {});
  EXPECT_EQ(Add("a", ""), (Numbers{1, 1}));
}

TEST_F(ReportScripts, RandomOperationsEndTheSameInLuaAndInCpp) {
  std::mt19937 random(20'260'102);
  const auto upto = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
  for (int i = 0; i < 1'500; ++i) {
    const std::string row(static_cast<std::size_t>(upto(12)), static_cast<char>('a' + upto(3)));
    if (upto(60) == 0) {
      RunOnBoth(scripts::kReportForget, {totals_, rows_}, {});
    } else if (upto(3) == 0) {
      RunOnBoth(scripts::kReportList, {list_}, {row, "20", "60000"});
    } else {
      Add(row, row, 3 + upto(20), 20 + upto(60), static_cast<unsigned>(upto(1)));
    }
  }
}

TEST_F(ReportScripts, AKeyOfAnotherTypeIsAnErrorAndNothingIsCounted) {
  for (Store* const store : {static_cast<Store*>(&redis_), static_cast<Store*>(&memory_)}) {
    ASSERT_TRUE(store->Set(rows_, "text", std::chrono::minutes(1), Soon()));
    const std::array keys{totals_, rows_};
    const std::vector<std::string> arguments{"a", "", "5", "40", "60000"};
    EXPECT_EQ(store->Run(scripts::kReportAdd, keys, arguments, Soon()).error().kind,
              base::ErrorKind::kInvalid);
    EXPECT_TRUE(store->GetFields(totals_, Soon()).value().empty());
  }
}

}  // namespace
}  // namespace gatepost::store
