// What is meant to use up time, memory or patience ends by the budget, and says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/milters/attachments/archives/scan_samples.h"

namespace gatepost::attachments {
namespace {

using samples::MadeBy;
using samples::MakeProgram;
using samples::MakeZip;
using samples::Noise;
using samples::ScanBytes;
using samples::Scanned;
using samples::ZipEntry;
using ::testing::ElementsAre;

TEST(ScanBudget, EndsAtTooManyMembers) {
  std::vector<ZipEntry> entries(300, ZipEntry{"a", "a"});
  ScanRequest request;
  request.budget.members = 100;
  const Scanned scanned = ScanBytes(MakeZip(entries), request);
  EXPECT_EQ(scanned.result.properties.Format(), "too-many-members");
  EXPECT_EQ(scanned.items.size(), 100u);
}

TEST(ScanBudget, GoesNoDeeperThanItSays) {
  std::string zip = MakeZip({{"e.exe", MakeProgram()}});
  for (int i = 0; i < 20; ++i) zip = MakeZip({{"z", zip}});
  ScanRequest request;
  request.budget.depth = 3;
  const Scanned scanned = ScanBytes(zip, request);
  EXPECT_FALSE(scanned.result.properties.any());
  ASSERT_EQ(scanned.items.size(), 3u);
  EXPECT_EQ(scanned.items[0].path, "z/z/z");
  EXPECT_TRUE(scanned.items[0].properties.Has(Property::kTooDeep));
}

TEST(ScanBudget, TellsABombByItsRatio) {
  const std::string zeros(20 << 20, '\0');
  for (const std::string& bomb :
       {MakeZip({{"a.txt", zeros, {}, true}}), MadeBy("gzip z; mv z.gz out", {{"z", zeros}}, "out"),
        MadeBy("tar -cJf out z", {{"z", zeros}}, "out"),
        MadeBy("7z a out.7z z; mv out.7z out", {{"z", zeros}}, "out")}) {
    const Scanned scanned = ScanBytes(bomb);
    EXPECT_TRUE(scanned.Has(Property::kBomb)) << scanned.result.properties.Format();
    EXPECT_EQ(scanned.items.size(), 1u);
  }
}

TEST(ScanBudget, TellsABombByWhatItSaysOfItself) {
  ZipEntry entry{"a.txt", std::string(1'000, 'a'), {}, true};
  entry.size = 4'000'000'000;
  EXPECT_TRUE(ScanBytes(MakeZip({entry})).Has(Property::kBomb));
}

TEST(ScanBudget, TellsABombByWhatWasReadOfIt) {
  const std::string zeros(40 << 20, '\0');
  const std::string bomb =
      MadeBy("head -c 1000000 /dev/urandom >> z; gzip -c z > out", {{"z", zeros}}, "out");
  ScanRequest request;
  request.budget.member_bytes = 20 << 20;
  const Scanned scanned = ScanBytes(bomb, request);
  EXPECT_EQ(scanned.result.properties.Format(), "bomb");
  EXPECT_EQ(scanned.items.at(0).properties.Format(), "bomb,over-budget");
}

TEST(ScanBudget, EndsEarlyWhereMuchOfAMemberIsABombAlready) {
  const std::string zeros(100 << 20, '\0');
  const std::string noise = Noise(2'000'000);
  for (const std::string& bomb : {MakeZip({{"a", zeros + noise, {}, true}}),
                                  MadeBy("gzip -c z > out", {{"z", zeros + noise}}, "out")}) {
    const Scanned scanned = ScanBytes(bomb);
    EXPECT_EQ(scanned.result.properties.Format(), "bomb");
    EXPECT_GT(scanned.result.unpacked, 60u << 20);
    EXPECT_LT(scanned.result.unpacked, 70u << 20);
    EXPECT_GT(scanned.result.spent.count(), 0);
  }
}

TEST(ScanBudget, PutsNoMemberAsideThatIsTooLarge) {
  const std::string inner = MakeZip({{"n", Noise(300'000)}});
  ScanRequest request;
  request.budget.member_bytes = 200'000;
  const Scanned scanned = ScanBytes(MakeZip({{"z.zip", inner}}), request);
  EXPECT_THAT(
      scanned.Lines(),
      ElementsAre("z.zip zip 300" + std::to_string(inner.size() - 300'000) + " over-budget"));
}

TEST(ScanBudget, EndsWhenTimeOrBytesAreUsedUp) {
  const std::string zip = MakeZip({{"a", Noise(2'000'000)}, {"b.exe", MakeProgram()}});
  ScanRequest request;
  request.budget.bytes = 1'000'000;
  EXPECT_TRUE(ScanBytes(zip, request).Has(Property::kOverBudget));
  request = {};
  request.budget.time = std::chrono::milliseconds(0);
  EXPECT_TRUE(ScanBytes(zip, request).Has(Property::kOverBudget));
}

TEST(ScanBudget, TellsWhatFindsNoScratchFile) {
  Scanned scanned;
  samples::MemoryScratch scratch(0);
  const std::string zip =
      MakeZip({{"z.zip", MakeZip({{"n", Noise(100'000)}})}, {"s.zip", MakeZip({{"a", "a"}})}});
  const MemoryContent content(std::as_bytes(std::span(zip)));
  Scan(content, {}, scratch, scanned);
  EXPECT_TRUE(scanned.Find("z.zip")->properties.Has(Property::kTooDeep));
  EXPECT_TRUE(scanned.Find("s.zip/a") != nullptr);
}

}  // namespace
}  // namespace gatepost::attachments
