#include "tools/privileged/command_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "common/base/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace gatepost::privileged {
namespace {

using base::ErrorKind;
using namespace std::chrono_literals;

class CommandRunnerTest : public testing::Test {
 protected:
  // A shell script as the program that is run.
  std::string Script(const std::string& text, mode_t mode = 0755) {
    const std::string path = folder_.path() / "script";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  support::TempFolder folder_;
};

TEST_F(CommandRunnerTest, KeepsOutputAndStatus) {
  const auto ended = RunProgram({Script("echo out; echo err >&2; exit 3")}, 20s);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->status, 3);
  EXPECT_EQ(ended->output, "out\nerr\n");
  EXPECT_EQ(RunProgram({Script("kill -9 $$")}, 20s)->status, 128 + 9);
}

TEST_F(CommandRunnerTest, GivesArgumentsAsTheyAreAndNothingElse) {
  ::setenv("GATEPOST_TEST", "secret", 1);
  const auto ended =
      RunProgram({Script("echo \"$#:$1\"; pwd; read x; env | sort"), "$(id) *"}, 20s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->output, "1:$(id) *\n/\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n");
}

TEST_F(CommandRunnerTest, AFileGrowsNoLargerThanItMay) {
  const std::string path = folder_.path() / "printed";
  const base::UniqueFd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  const std::string print = Script("exec head -c 100000 /dev/zero");
  const auto all = RunProgram({print}, 20s, {-1, file.get()});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->status, 0);
  EXPECT_EQ(std::filesystem::file_size(path), 100'000U);
  ASSERT_EQ(::ftruncate(file.get(), 0), 0);
  ASSERT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
  const auto cut = RunProgram({print}, 20s, {-1, file.get(), 5'000});
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->status, 128 + SIGXFSZ);
  EXPECT_LE(std::filesystem::file_size(path), 5'000U);
  std::ofstream(folder_.path() / "ours") << std::string(6'000, 'x');
  EXPECT_EQ(std::filesystem::file_size(folder_.path() / "ours"), 6'000U);
}

TEST_F(CommandRunnerTest, KillsWhatRunsForTooLong) {
  const auto began = std::chrono::steady_clock::now();
  const auto ended = RunProgram({Script("sleep 1000 & sleep 1000")}, 100ms);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST_F(CommandRunnerTest, KillsAlsoWhatClosedItsOutput) {
  const auto ended = RunProgram({Script("exec >/dev/null 2>&1; sleep 1000")}, 100ms);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::kTimeout);
}

TEST_F(CommandRunnerTest, DoesNotWaitForWhatAProgramLeftBehind) {
  const auto ended = RunProgram({Script("sleep 3 & echo done")}, 2s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->output, "done\n");
}

TEST_F(CommandRunnerTest, ReadsAllAndKeepsTheBeginning) {
  const auto ended = RunProgram({Script("head -c 1000000 /dev/zero | tr '\\0' x; exit 0")}, 20s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->output.size(), kMaxOutputBytes);
  EXPECT_EQ(ended->status, 0);
}

TEST_F(CommandRunnerTest, RunsNothingThatOthersCanChange) {
  for (const mode_t mode : {0775, 0757}) {
    EXPECT_EQ(RunProgram({Script("exit 0", mode)}, 20s).error().kind, ErrorKind::kPermission);
  }
  EXPECT_EQ(RunProgram({folder_.path()}, 20s).error().kind, ErrorKind::kPermission);
  EXPECT_EQ(RunProgram({"/nonexistent"}, 20s).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(RunProgram({Script("exit 0", 0644)}, 20s).error().kind, ErrorKind::kInternal);
}

TEST_F(CommandRunnerTest, JudgesStatusAndOutput) {
  EXPECT_TRUE(RunCommand({{Script("echo Deleted: 1 message; exit 0")}, "Deleted:", {0}}, 20s));
  EXPECT_TRUE(RunCommand({{Script("exit 68")}, "", {0, 68}}, 20s));
  EXPECT_EQ(RunCommand({{Script("exit 0")}, "Deleted:", {0}}, 20s).error().kind,
            ErrorKind::kNotFound);
  const auto failed = RunCommand({{Script("echo one; echo two; exit 1")}, "", {0}}, 20s);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, testing::EndsWith("/script: status 1: two"));
}

}  // namespace
}  // namespace gatepost::privileged
