#include "tools/dmarc-report/run_mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace gatepost::dmarc_report {
namespace {

struct Taken {
  RunMode mode;
  std::vector<std::string> rest;
};

Taken Take(std::vector<std::string> words) {
  words.insert(words.begin(), "program");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  Taken taken{TakeRunMode(arguments), {}};
  taken.rest.assign(arguments.begin() + 1, arguments.end());
  return taken;
}

TEST(RunMode, TakesItsOwnOptionsAndLeavesTheOthers) {
  const auto plain = Take({"-c", "file", "--site=x"});
  EXPECT_EQ(plain.mode.kind, RunMode::Kind::kSend);
  EXPECT_THAT(plain.rest, testing::ElementsAre("-c", "file", "--site=x"));
  const auto dry = Take({"-c", "file", "--dry-run", "folder", "--site=x"});
  EXPECT_EQ(dry.mode.kind, RunMode::Kind::kDryRun);
  EXPECT_EQ(dry.mode.directory, "folder");
  EXPECT_THAT(dry.rest, testing::ElementsAre("-c", "file", "--site=x"));
  EXPECT_EQ(Take({"--dry-run=folder"}).mode.directory, "folder");
  const auto bounce = Take({"--bounce", "--recipient", "a@b"});
  EXPECT_EQ(bounce.mode.kind, RunMode::Kind::kBounce);
  EXPECT_EQ(bounce.mode.recipient, "a@b");
}

TEST(RunMode, WrongOnesAreRefused) {
  EXPECT_THROW(Take({"--dry-run"}), std::invalid_argument);
  EXPECT_THROW(Take({"--dry-run="}), std::invalid_argument);
  EXPECT_THROW(Take({"--dry-run", "x", "--bounce"}), std::invalid_argument);
  EXPECT_THROW(Take({"--recipient", "a@b"}), std::invalid_argument);
}

}  // namespace
}  // namespace gatepost::dmarc_report
